import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const program = join(import.meta.dirname, '..', 'load', 'run.ts');

function runLoad(...flags: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [program, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

test('no limit can be overrun, and the books balance, whatever clients and providers do and also over a kill', async () => {
  const { code, output } = await runLoad('--short');
  expect(output).toContain('No limit was overrun, and the books balance.');
  expect(code).toBe(0);
  // A minute and a half on an idle machine. Beside all other tests it is as sound, and took up to ten.
}, 1_200_000);

test.each([
  [['--scenario', 'nothing'], 'There is no scenario "nothing". There are money, concurrency,'],
  [['--minutes', 'few'], '--minutes must be a number, not "few".'],
  [['--fast'], "Unknown option '--fast'"],
])('%s is refused in one line', async (flags, message) => {
  const { code, output } = await runLoad(...flags);
  expect(code).toBe(1);
  expect(output).toContain(message);
  expect(output.trim().split('\n')).toHaveLength(1);
});
