import { cpSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { mergeLogs } from '../../src/local/merge-logs.ts';
import { temporaryFolder } from './spawned-weir.ts';

/** A database as a killed runtime leaves it: everything that was written to it is in its log. */
function leftBehind(folder: string, name: string): string {
  const path = join(folder, name);
  const live = new DatabaseSync(`${path}.live`);
  live.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('kept')");
  for (const suffix of ['', '-wal']) cpSync(`${path}.live${suffix}`, `${path}${suffix}`);
  live.close();
  return path;
}

it('writes what lies in logs into the databases, in every folder below', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'do/actor'), { recursive: true });
  const paths = ['a.sqlite', 'do/actor/b.sqlite'].map((name) => leftBehind(folder, name));
  expect(await mergeLogs(folder)).toEqual([]);
  expect(readdirSync(folder, { recursive: true }).filter((name) => /-(wal|shm)$/.test(String(name)))).toEqual([]);
  for (const path of paths) {
    const copy = `${path}.copy`;
    cpSync(path, copy);
    expect(new DatabaseSync(copy).prepare('SELECT x FROM t').all()).toEqual([{ x: 'kept' }]);
  }
});

it('leaves the log of a database alone that is gone or empty, and says so', async () => {
  const folder = temporaryFolder();
  const paths = ['empty.sqlite', 'gone.sqlite'].map((name) => leftBehind(folder, name));
  truncateSync(join(folder, 'empty.sqlite'));
  rmSync(join(folder, 'gone.sqlite'));
  expect(await mergeLogs(folder)).toEqual(
    expect.arrayContaining([
      { file: 'empty.sqlite', error: expect.stringContaining('empty') },
      { file: 'gone.sqlite', error: expect.stringContaining('ENOENT') },
    ]),
  );
  for (const path of paths) expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
});
