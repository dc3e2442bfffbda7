import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Request, Response, convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import { readBuild } from '../../src/local/build.ts';
import { AdminClient } from '../load/admin-client.ts';
import type { FakeName } from '../support/fakes/fake.ts';
import { Fakes } from '../support/fakes/fakes.ts';

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
  const build = await readBuild(join(folder, 'bundle'));
  const fakes = new Fakes();
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
  const url = new URL(request.url);
  const name = hosts[url.hostname];
  if (name === undefined) return new Response(`nobody is at ${url.hostname}`, { status: 421 });
  const { method } = request;
  const body = await request.text();
  const init = { method, headers: [...request.headers], ...(body === '' ? {} : { body }) };
  const answer = await fakes.fetch(name, url, init, body.includes(slowly) ? eventMs : 0);
  // The two `fetch`es have types of their own for the same bodies.
  const stream = answer.body as ConstructorParameters<typeof Response>[0];
  return new Response(stream, { status: answer.status, headers: [...answer.headers] });
}

/** In a prompt it makes the stream slow. */
export const slowly = 'slowly';
const eventMs = 10;
