/** Everything that is measured, up and running: the upstream, the null proxy before it, Weir before it. */

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AdminClient, type LimitSetting, secretName, secretValue } from '../load/admin-client.ts';
import { type LaunchedGateway, launchGateway, temporaryFolder } from '../load/launched-gateway.ts';
import { waitForModels } from '../load/stage.ts';
import type { Target } from './measure.ts';
import { startNullProxy } from './plain-worker.ts';
import type { ProviderProtocol } from './upstream-answers.ts';
import { type Coming, type Way, endings, modelName, passedThrough, requestOf } from './ways.ts';

const keysOfMany = 100;

/** One of each kind, so that every admission has all of them to check and every settlement all of them to correct. */
const limits: readonly LimitSetting[] = [
  { metric: 'usd', per: 'month', max: '1000000' },
  { metric: 'tokens', per: 'minute', max: 1_000_000_000_000 },
  { metric: 'requests', per: 'minute', max: 1_000_000_000 },
  { metric: 'concurrency', max: 1000 },
];

export interface Contestants {
  readonly upstreamUrl: string;
  /** Passes chat completions on, however they come. */
  nullProxy(coming: Coming): Target;
  readonly manyKeys: Target;
  /** One hot key, whatever protocols meet. */
  oneKey(way: Way, coming: Coming): Target;
  /** Another key, which nothing else uses. */
  readonly idle: Target;
  /** Stops the gateway cleanly and starts it again, on the same data and the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startContestants(): Promise<Contestants> {
  const upstream = await startUpstream();
  const nullProxy = await startNullProxy(upstream.url);
  const adminKey = randomBytes(24).toString('base64url');
  const settings = { dataPath: temporaryFolder('bench'), adminKey, variables: { [secretName]: secretValue } };
  let gateway: LaunchedGateway = await launchGateway({ ...settings, port: 0 });
  const { url } = gateway;
  const admin = new AdminClient(url, adminKey);
  await addModels(admin, upstream.url);
  const keys: string[] = [];
  while (keys.length < keysOfMany + 2) keys.push((await admin.createKey('bench', limits)).key);
  const [hot = '', idle = '', ...many] = keys;
  const weir = (secrets: readonly string[], way: Way, coming: Coming): Target => ({
    ...answerOf(way, coming),
    url,
    processId: () => gateway.runtimeProcessId,
    requests: secrets.map((key) => requestOf(url, key, way, coming)),
  });
  return {
    upstreamUrl: upstream.url,
    nullProxy: (coming) => ({
      ...answerOf(passedThrough.chat, coming),
      url: nullProxy.url,
      requests: [requestOf(nullProxy.url, hot, passedThrough.chat, coming)],
      processId: () => nullProxy.processId,
    }),
    oneKey: (way, coming) => weir([hot], way, coming),
    manyKeys: weir(many, passedThrough.chat, 'whole'),
    idle: weir([idle], passedThrough.chat, 'whole'),
    restart: async () => {
      await gateway.stop();
      gateway = await launchGateway({ ...settings, port: Number(url.port) });
    },
    close: async () => {
      upstream.stop();
      await Promise.all([nullProxy.stop(), gateway.stop()]);
    },
  };
}

function answerOf({ client }: Way, coming: Coming): Pick<Target, 'ending'> {
  return coming === 'whole' ? {} : { ending: endings[client] };
}

/** The upstream stands in the catalog twice: as a provider of each protocol that it speaks. */
async function addModels(admin: AdminClient, url: string): Promise<void> {
  const providers: Readonly<Record<ProviderProtocol, object>> = {
    chat: { kind: 'openai', baseUrl: url, secret: secretName },
    messages: { kind: 'anthropic', baseUrl: new URL(url).origin, secret: secretName },
  };
  const models: Record<string, object> = {};
  for (const protocol of ['chat', 'messages'] as const) {
    for (const coming of ['short', 'long', 'single'] as const) {
      const model = modelName(protocol, coming);
      models[model] = {
        targets: [{ provider: `bench-${protocol}`, model }],
        price: { input: '1', output: '4' },
        contextTokens: 128_000,
        maxOutputTokens: 16_384,
        input: ['text'],
      };
    }
  }
  await admin.addToCatalog({ 'bench-chat': providers.chat, 'bench-messages': providers.messages }, models);
  await waitForModels(admin, Object.keys(models));
}

async function startUpstream(): Promise<{ readonly url: string; stop(): void }> {
  const child = fork(join(import.meta.dirname, 'upstream.ts'), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').once('data', resolve);
    child.once('error', reject);
  });
  return {
    url: `http://127.0.0.1:${port.trim()}/v1`,
    stop: () => {
      child.disconnect();
    },
  };
}
