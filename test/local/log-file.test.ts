import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLogFile } from '../../src/local/log-file.ts';
import { temporaryFolder } from './spawned-weir.ts';

const mib = 1024 * 1024;

it('keeps the newest log and the one before it, each of 8 MiB at most', () => {
  const path = join(temporaryFolder(), 'weir.log');
  const log = openLogFile(path);
  for (let line = 0; line < 20; line++) log('info', `${line} ${'x'.repeat(mib)}`);
  expect(readdirSync(join(path, '..')).toSorted()).toEqual(['weir.log', 'weir.log.1']);
  for (const each of [path, `${path}.1`]) expect(statSync(each).size).toBeLessThanOrEqual(8 * mib);
  expect(JSON.parse(readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? '')).toMatchObject({
    level: 'info',
    message: expect.stringMatching(/^19 /),
  });
});

it('goes on with the log of an earlier start', () => {
  const path = join(temporaryFolder(), 'weir.log');
  for (const each of ['first', 'second']) openLogFile(path)('warn', each);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  for (let line = 0; line < 8; line++) openLogFile(path)('info', 'x'.repeat(mib));
  expect(readFileSync(`${path}.1`, 'utf8')).toContain('first');
});
