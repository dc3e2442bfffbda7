// A runtime of its own: it reads the catalog before anybody has written one.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { providerIsOn } from '../../../src/catalog/provider-is-on.ts';
import { catalogKvKey, forgetCatalog, readCatalog } from '../../../src/catalog/read-catalog.ts';
import { configuration } from '../../../src/env.ts';
import { catalogDocument } from '../../support/catalog.ts';

async function version(): Promise<number> {
  const ctx = createExecutionContext();
  const catalog = await readCatalog(env, (promise) => ctx.waitUntil(promise));
  await waitOnExecutionContext(ctx);
  return catalog.version;
}

test('the catalog in KV takes the place of the bundled one, and keeps it when KV is spoilt', async () => {
  expect(await version()).toBe(0);
  await env.CATALOG.put(catalogKvKey, JSON.stringify({ version: 1, ...catalogDocument() }));
  expect(await version()).toBe(0);
  forgetCatalog(env);
  expect(await version()).toBe(1);
  await env.CATALOG.put(catalogKvKey, '{"version":2');
  forgetCatalog(env);
  expect(await version()).toBe(1);
  await env.CATALOG.put(catalogKvKey, JSON.stringify({ version: 3, ...catalogDocument() }));
  forgetCatalog(env);
  expect(await version()).toBe(3);
});

test('the variables of the platform are read as those of a plain object', async () => {
  expect(configuration(env)).toMatchObject({ adminKey: 'test-admin-key', keySecrets: ['test-key-secret'] });
  expect(configuration(env)).toBe(configuration(env));
  const ctx = createExecutionContext();
  const { providers } = await readCatalog(env, (promise) => ctx.waitUntil(promise));
  expect([...providers.values()].filter((provider) => providerIsOn(env, provider)).map(({ name }) => name)).toEqual([
    'echo',
  ]);
});
