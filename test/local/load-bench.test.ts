import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measure } from '../bench/measure.ts';
import { startTrivialWorker } from '../bench/plain-worker.ts';

const program = join(import.meta.dirname, '..', 'bench', 'run.ts');

/** Where the operating system has it. */
const tellsProcessorTime = existsSync('/proc/self/schedstat');

function runBench(...flags: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...flags], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('the benchmark', () => {
  test('measures the gateway beside a null proxy, and shows its targets', () => {
    const { status, output } = runBench('--quick', '--rounds', '1', '--seconds', '0.15');
    expect(output).toMatch(/^one hot key \/ null proxy +\d\.\d+ .* at least 0\.45: /m);
    expect(output).toMatch(/^100 keys \/ null proxy +\d\.\d+ .* at least 0\.25: /m);
    expect(output).toMatch(/^streaming \/ null proxy streaming +\d\.\d+/m);
    expect(output).toMatch(/^added at one connection, p50 +-?\d+\.\d+ ms .* at most 0\.6: /m);
    for (const at of ['one connection', '16 connections', '64 connections']) {
      expect(output).toMatch(new RegExp(`^added at ${at}, p99 +-?\\d+\\.\\d+ ms`, 'm'));
      expect(output).toMatch(new RegExp(`^null proxy at ${at}, p99 +\\d+\\.\\d+ ms`, 'm'));
    }
    expect(output).toMatch(/^one stream \/ null proxy +\d\.\d+/m);
    expect(output).toMatch(/^200 streams \/ null proxy +\d\.\d+/m);
    expect(output).toMatch(/^added to the first byte, p50 +-?\d+\.\d+ ms/m);
    for (const way of ['chat → Messages', 'Messages → chat', 'Responses → chat', 'Responses → Messages']) {
      expect(output).toMatch(new RegExp(`^${way}: whole answers +\\d\\.\\d+`, 'm'));
      expect(output).toMatch(new RegExp(`^${way}: streams +\\d\\.\\d+`, 'm'));
    }
    if (tellsProcessorTime)
      expect(output).toMatch(/^chat → Messages: processor, chunks alone +\d\.\d+ .* at most 2: /m);
    expect(status).toBe(0);
  }, 240_000);

  test.each([
    [['--rounds', '0'], '--rounds must be a number above 0 and at most 1000, not "0".'],
    [['--peer', 'other'], '--peer can be portkey, not "other".'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %s in one line', (flags, message) => {
    const { status, output } = runBench(...flags);
    expect(status).toBe(1);
    expect(output).toContain(message);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  test('never takes a stream that has broken off for an answer', async () => {
    const worker = await startTrivialWorker();
    const request = Buffer.from(`GET / HTTP/1.1\r\nhost: ${worker.url.host}\r\n\r\n`);
    const target = { url: worker.url, requests: [request], ending: 'data: [DONE]' };
    try {
      await expect(measure(target, 1, 200)).rejects.toThrow(/answered without "data: \[DONE\]": x+$/);
    } finally {
      await worker.stop();
    }
  });

  test('never takes a refusal for an answer', async () => {
    const worker = await startTrivialWorker();
    const request = Buffer.from('POST / HTTP/1.1\r\nhost: weir\r\ncontent-length: nonsense\r\n\r\n');
    try {
      await expect(measure({ url: worker.url, requests: [request] }, 1, 200)).rejects.toThrow(/answered [45]00: /);
    } finally {
      await worker.stop();
    }
  });
});
