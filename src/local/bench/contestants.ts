/** Everything that is measured, up and running: the upstream, the null proxy before it, Weir before it. */

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { steady } from '../fake-provider.ts';
import { AdminClient, type LimitSetting, secretName, secretValue } from '../load/admin-client.ts';
import { requestBytes } from '../load/http-connection.ts';
import { type LaunchedGateway, launchGateway, temporaryFolder } from '../load/launched-gateway.ts';
import { waitForModels } from '../load/stage.ts';
import type { Target } from './measure.ts';
import { startNullProxy } from './plain-worker.ts';

const model = 'bench';
const keysOfMany = 100;
const bodyBytes = 1024;

/** One of each kind, so that every admission has all of them to check and every settlement all of them to correct. */
const limits: readonly LimitSetting[] = [
  { metric: 'usd', per: 'month', max: '1000000' },
  { metric: 'tokens', per: 'minute', max: 1_000_000_000_000 },
  { metric: 'requests', per: 'minute', max: 1_000_000_000 },
  { metric: 'concurrency', max: 1000 },
];

export interface Contestants {
  readonly upstreamUrl: string;
  readonly nullProxy: Target;
  readonly nullProxyStream: Target;
  readonly oneKey: Target;
  readonly manyKeys: Target;
  readonly stream: Target;
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
  await admin.addProvider('upstream', upstream.url, { [model]: steady });
  await waitForModels(admin, [model]);
  const keys: string[] = [];
  while (keys.length < keysOfMany + 2) keys.push((await admin.createKey('bench', limits)).key);
  const [hot = '', idle = '', ...many] = keys;
  const weir = (secrets: readonly string[], body: string): Target => ({
    url,
    processId: () => gateway.runtimeProcessId,
    requests: secrets.map((key) => chatRequest(url, key, body)),
  });
  const nullTarget = (stream: boolean): Target => ({
    url: nullProxy.url,
    requests: [chatRequest(nullProxy.url, hot, chatBody(stream))],
    processId: () => nullProxy.processId,
  });
  return {
    upstreamUrl: upstream.url,
    nullProxy: nullTarget(false),
    nullProxyStream: nullTarget(true),
    oneKey: weir([hot], chatBody(false)),
    manyKeys: weir(many, chatBody(false)),
    stream: weir([hot], chatBody(true)),
    idle: weir([idle], chatBody(false)),
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

/** As long as a short question with a system prompt: one kibibyte of JSON. */
export function chatBody(stream: boolean): string {
  const body = (content: string): string =>
    JSON.stringify({ model, max_tokens: 64, messages: [{ role: 'user', content }], ...(stream ? { stream } : {}) });
  return body('How high is the water behind the weir? '.repeat(40).slice(0, bodyBytes - body('').length));
}

function chatRequest(url: URL, key: string, body: string): Buffer {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return requestBytes('POST', url, '/v1/chat/completions', headers, body);
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
