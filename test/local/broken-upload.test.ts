import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Welcome, spawnWeir, temporaryFolder } from './spawned-weir.ts';

type Upload = readonly [framing: string, body: string];
const announced: Upload = ['content-length: 5000', '{"model":"echo",'];
const chunked: Upload = ['transfer-encoding: chunked', '10\r\n{"model":"echo",\r\n'];

/** Sends the beginning of a request, then closes or resets the connection. */
function breakOff({ url, apiKey }: Welcome, [framing, body]: Upload, how: 'close' | 'reset'): Promise<void> {
  return new Promise((resolve) => {
    const line = 'POST /v1/chat/completions HTTP/1.1';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      const head = `${line}\r\nhost: weir\r\nauthorization: Bearer ${apiKey}\r\n${framing}\r\n\r\n`;
      socket.write(head + body, () => {
        if (how === 'close') socket.end();
        else setTimeout(() => socket.resetAndDestroy(), 100);
      });
    });
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      resolve();
    });
  });
}

it('an upload that breaks off is its client’s leaving, and no error of ours', async () => {
  const folder = temporaryFolder();
  const weir = await spawnWeir(folder).welcome;
  const logged = (): string => readFileSync(join(folder, '.weir/weir.log'), 'utf8');
  const departures = (): number => {
    expect(logged()).not.toContain('internal_error');
    return logged().split('client_left').length - 1;
  };
  await Promise.all([breakOff(weir, announced, 'close'), breakOff(weir, chunked, 'close')]);
  while (departures() < 2) await sleep(20);
  for (const upload of [announced, chunked]) {
    const before = departures();
    // A reset discards what was not read yet: then nobody heard of the request.
    while (departures() === before) await breakOff(weir, upload, 'reset');
  }
});
