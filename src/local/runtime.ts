/** Runs a bundle on workerd, bound straight to its port: requests do not pass through Node. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { convertV4MiniflareOptions, CoreHeaders, Miniflare, NoOpLog } from 'miniflare';
import type { Build } from './build.ts';
import { canSeeClients, watchClients } from './closed-clients.ts';
import { mergeLogs } from './merge-logs.ts';
import { drainWorkerd, killWorkerd, superviseWorkerd } from './workerd-process.ts';

interface RuntimeSettings {
  readonly build: Build;
  /** They are added to those of `wrangler.toml`, and replace them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** A folder that this process alone uses, in which no workerd runs. */
  readonly dataPath: string;
  readonly log: (level: string, message: string) => void;
}

interface Runtime {
  readonly url: URL;
  /** Gives calls in flight a few seconds to end. Afterwards each database is one file, which can be copied. */
  stop(): Promise<void>;
}

const watchEntrypoint = 'ClientWatch';

/** Only once per process: it sets how workerd is supervised, and where temporary files go, for the whole process. */
export async function startRuntime(settings: RuntimeSettings): Promise<Runtime> {
  const { dataPath, build } = settings;
  superviseWorkerd(dataPath, workerdPath());
  // Then the next start removes what Miniflare leaves behind when it is killed.
  process.env['TMPDIR'] = join(dataPath, 'tmp');

  // Else a client could claim an address in a header. Now workerd sets `request.cf`, with the address that it sees.
  Object.assign(CoreHeaders, { CF_BLOB: undefined });
  const watchKey = canSeeClients() ? randomBytes(32).toString('base64url') : undefined;

  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...build.options,
      bindings: {
        ...build.options.bindings,
        ...settings.variables,
        ...(watchKey === undefined ? {} : { CLIENT_WATCH_KEY: watchKey }),
      },
      modules: build.bundle.map((module) => ({ ...module })),
      modulesRoot: build.folder,
      unsafeDirectSockets: [
        { host: settings.host, port: settings.port },
        ...(watchKey === undefined ? [] : [{ host: '127.0.0.1', port: 0, entrypoint: watchEntrypoint }]),
      ],
      unsafeRegisterWorker: false,
      // Else every call to a provider would have a header that names the Worker.
      stripCfConnectingIp: false,
      resourcePersistencePath: join(dataPath, 'state'),
      cf: false,
      log: new NoOpLog(),
      handleStructuredLogs: ({ level, message }) => settings.log(level, message),
    }),
  );
  // On a signal Miniflare would exit at once, and kill workerd in the middle of its calls.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL();
  const stopping = new AbortController();
  const tell = async (clients: readonly string[]): Promise<void> => {
    const watch = await miniflare.unsafeGetDirectURL(undefined, watchEntrypoint);
    await fetch(watch, { method: 'POST', headers: { authorization: watchKey ?? '' }, body: clients.join('\n') });
  };
  if (watchKey !== undefined) void watchClients(Number(url.port), tell, stopping.signal);
  return {
    url,
    stop: async () => {
      stopping.abort();
      await drainWorkerd(dataPath);
      await miniflare.dispose();
      await killWorkerd(dataPath);
      for (const failure of await mergeLogs(join(dataPath, 'state'))) {
        settings.log('error', JSON.stringify({ level: 'error', event: 'log-not-merged', ...failure }));
      }
    },
  };
}

/** The workerd that Miniflare itself would run. */
function workerdPath(): string {
  const fromMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'));
  const workerd: unknown = fromMiniflare('workerd');
  assert(typeof workerd === 'object' && workerd !== null && 'default' in workerd);
  assert(typeof workerd.default === 'string');
  return workerd.default;
}
