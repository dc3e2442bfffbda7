/** Workers to compare with, on the runtime that `npm start` uses, bound to their port in the same way. */

import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { childProcesses } from './processor-time.ts';

interface RunningWorker {
  readonly url: URL;
  readonly processId: number | undefined;
  stop(): Promise<void>;
}

/**
 * Passes a request on and its answer back, and does nothing else: the least that a gateway on this runtime can cost.
 */
export function startNullProxy(upstreamUrl: string): Promise<RunningWorker> {
  return startWorker(
    `export default { fetch: (request) => fetch(${JSON.stringify(`${upstreamUrl}/chat/completions`)}, request) };`,
  );
}

/** Answers at once: with it in the place of a gateway, the driver measures itself. */
export function startTrivialWorker(): Promise<RunningWorker> {
  return startWorker("export default { fetch: () => new Response('x'.repeat(400)) };");
}

async function startWorker(script: string): Promise<RunningWorker> {
  const before = new Set(childProcesses());
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'plain',
      modules: true,
      script,
      compatibilityDate: '2026-09-18',
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      unsafeRegisterWorker: false,
      cf: false,
      log: new NoOpLog(),
    }),
  );
  await miniflare.ready;
  return {
    url: await miniflare.unsafeGetDirectURL(),
    processId: childProcesses().find((child) => !before.has(child)),
    stop: () => miniflare.dispose(),
  };
}
