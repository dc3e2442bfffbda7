import { mkdirSync, readFileSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { LogFile } from '../../src/local/log-file.ts';
import { temporaryFolder } from './spawned-weir.ts';

const mib = 1024 * 1024;

afterEach(() => {
  vi.useRealTimers();
});

function logIn(folder: string) {
  const path = join(folder, 'weir.log');
  const warned: string[] = [];
  return { path, warned, log: new LogFile(path, (line) => warned.push(line)) };
}

function linesOf(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

it('keeps the newest log and the one before it, each of 8 MiB at most', () => {
  const { path, log } = logIn(temporaryFolder());
  for (let line = 0; line < 20; line++) log.write('info', `${line} ${'ö'.repeat(mib / 2)}`);
  expect(readdirSync(join(path, '..')).toSorted()).toEqual(['weir.log', 'weir.log.1']);
  for (const each of [path, `${path}.1`]) expect(statSync(each).size).toBeLessThanOrEqual(8 * mib);
  expect(linesOf(path).at(-1)).toMatchObject({ level: 'info', message: expect.stringMatching(/^19 /) });
});

it('goes on with the log of an earlier start', () => {
  const folder = temporaryFolder();
  for (const each of ['first', 'second']) logIn(folder).log.write('warn', each);
  const { path, log } = logIn(folder);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  for (let line = 0; line < 8; line++) log.write('info', 'x'.repeat(mib));
  expect(readFileSync(`${path}.1`, 'utf8')).toContain('first');
});

it('says at the start that it can not be written, once, and how much was lost when it can be', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'weir.log'));
  const { path, warned, log } = logIn(folder);
  for (const message of ['one', 'two', 'three']) log.write('error', message);
  expect(warned).toEqual([`Could not write to the log ${path} (EISDIR). Weir goes on, and counts what is not logged.`]);
  rmdirSync(path);
  log.write('info', 'four');
  log.write('info', 'five');
  const [loss, ...rest] = linesOf(path);
  expect(loss).toMatchObject({ level: 'warn', message: expect.stringContaining('"event":"log-lines-lost"') });
  expect(loss).toMatchObject({ message: expect.stringMatching(/"reason":"EISDIR","lines":3\}$/) });
  expect(rest).toMatchObject([{ message: 'four' }, { message: 'five' }]);
});

it.each(['after a while', 'at the end'])('says what was lost %s, also if nothing else is logged', (when) => {
  vi.useFakeTimers();
  const folder = temporaryFolder();
  const { path, log } = logIn(folder);
  mkdirSync(`${path}.1`);
  for (let line = 0; line < 9; line++) log.write('info', 'x'.repeat(mib));
  rmdirSync(`${path}.1`);
  if (when === 'at the end') log.close();
  else vi.advanceTimersByTime(10_000);
  expect(linesOf(path).at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('"lines":2') });
});
