import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Request, Response, convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { readBuild } from '../../src/local/build.ts';
import { AdminClient } from '../load/admin-client.ts';
import { type FakeName, fakeBasePaths } from '../support/fakes/fake.ts';
import { type Fakes, startFakes } from '../support/fakes/server.ts';

/**
 * The Worker that is deployed, on a port, with the catalog that comes with it. Whatever host of a provider it asks, a
 * fake of that provider answers.
 */

const hosts: Readonly<Record<string, FakeName>> = {
  'api.openai.com': 'openai',
  'api.anthropic.com': 'anthropic',
  'openrouter.ai': 'openrouter',
  'api.z.ai': 'zai',
  'generativelanguage.googleapis.com': 'google',
  'api.groq.com': 'groq',
  'api.deepseek.com': 'deepseek',
  'api.mistral.ai': 'mistral',
  'api.x.ai': 'xai',
  'api.cloudflare.com': 'workers-ai',
  'gateway.ai.cloudflare.com': 'cloudflare-ai-gateway',
};

const variables = {
  OPENAI_API_KEY: 'planted-openai',
  ANTHROPIC_API_KEY: 'planted-anthropic',
  OPENROUTER_API_KEY: 'planted-openrouter',
  ZAI_API_KEY: 'planted-zai',
  GEMINI_API_KEY: 'planted-google',
  GROQ_API_KEY: 'planted-groq',
  DEEPSEEK_API_KEY: 'planted-deepseek',
  MISTRAL_API_KEY: 'planted-mistral',
  XAI_API_KEY: 'planted-xai',
  CLOUDFLARE_ACCOUNT_ID: 'fake-account',
  CLOUDFLARE_API_TOKEN: 'planted-cloudflare',
  AI_GATEWAY_ACCOUNT_ID: 'fake-account',
  AI_GATEWAY_ID: 'fake-gateway',
  AI_GATEWAY_TOKEN: 'planted-gateway',
  ADMIN_KEY: 'admin-key',
  KEY_SECRET: 'key-secret',
};

export interface ProviderStage {
  readonly url: URL;
  readonly admin: AdminClient;
  readonly fakes: Fakes;
  close(): Promise<void>;
}

/** `catalog` is laid over the one that comes with the Worker. */
export async function openProviderStage(catalog?: object): Promise<ProviderStage> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-providers-'));
  const [build, fakes] = await Promise.all([readBuild(join(folder, 'bundle')), startFakes()]);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...build.options,
      bindings: { ...build.options.bindings, ...variables },
      modules: build.bundle.map((module) => ({ ...module })),
      modulesRoot: build.folder,
      outboundService: (request: Request) => askFake(fakes, request),
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      unsafeRegisterWorker: false,
      stripCfConnectingIp: false,
      resourcePersistencePath: join(folder, 'state'),
      cf: false,
      log: new NoOpLog(),
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL();
  if (catalog !== undefined) await changeCatalog(url, catalog);
  return {
    url,
    admin: new AdminClient(url, variables.ADMIN_KEY),
    fakes,
    close: async () => {
      await miniflare.dispose();
      await fakes.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function changeCatalog(url: URL, change: object): Promise<void> {
  const answer = await fetch(new URL('/admin/catalog', url), {
    method: 'PATCH',
    headers: { authorization: `Bearer ${variables.ADMIN_KEY}` },
    body: JSON.stringify(change),
  });
  if (!answer.ok) throw new Error(`the catalog could not be changed: ${await answer.text()}`);
}

async function askFake(fakes: Fakes, request: Request): Promise<Response> {
  const { hostname, pathname, search } = new URL(request.url);
  const name = hosts[hostname];
  if (name === undefined) return new Response(`nobody is at ${hostname}`, { status: 421 });
  const url = new URL(fakes.urls[name]);
  url.pathname = `${url.pathname.slice(0, url.pathname.length - fakeBasePaths[name].length)}${pathname}`;
  url.search = search;
  const body = request.method === 'GET' ? undefined : await request.text();
  const answer = await fetch(url, {
    method: request.method,
    headers: [...request.headers].filter(([header]) => !hopHeaders.test(header)),
    ...(body === undefined ? {} : { body }),
  });
  const headers = [...answer.headers].filter(([header]) => !hopHeaders.test(header));
  const stream = body?.includes(slowly) === true && answer.body !== null ? eventByEvent(answer.body) : answer.body;
  // The two `fetch`es have each a type of its own for what are the same bodies.
  return new Response(stream as ConstructorParameters<typeof Response>[0], { status: answer.status, headers });
}

const hopHeaders = /^(connection|keep-alive|transfer-encoding|content-length|host)$/i;

/** In a prompt, for a stream that takes its time. */
export const slowly = 'slowly';
const eventMs = 10;

function eventByEvent(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let hasLeft = false;
  return new ReadableStream({
    async start(controller) {
      const text = await new globalThis.Response(stream).text();
      for (const event of text.split(/(?<=\n\n)/)) {
        if (hasLeft) return;
        controller.enqueue(new TextEncoder().encode(event));
        await sleep(eventMs);
      }
      if (!hasLeft) controller.close();
    },
    cancel() {
      hasLeft = true;
    },
  });
}
