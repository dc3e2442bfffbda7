// A runtime of its own: it forgets every object and holds the Directory's alarm.

import { reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { catalogBytesMax } from '../../../src/limits.ts';
import { bundledDocument } from '../../../src/catalog/bundled.ts';
import { holdDirectoryAlarm, ringDirectory } from '../../support/directory-alarm.ts';
import { admin, errorOf } from './admin-client.ts';

holdDirectoryAlarm();

const document = {
  providers: { echo: { kind: 'echo' }, local: { kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1' } },
  models: {
    small: {
      targets: [{ provider: 'local', model: 'small' }],
      price: { input: '0.1', output: '0.2' },
      contextTokens: 1000,
      maxOutputTokens: 100,
    },
  },
  routes: {},
  plans: {},
  emergency: null,
};

const inKv = async (): Promise<unknown> => env.CATALOG.get('catalog', 'json');

beforeEach(async () => reset());
afterEach(() => void vi.restoreAllMocks());

describe('the catalog', () => {
  test('is the bundled one, with version 0, until one is written', async () => {
    const { status, body, etag } = await admin('GET', '/admin/catalog');
    expect({ status, etag }).toEqual({ status: 200, etag: '"0"' });
    expect(body).toEqual({ version: 0, ...structuredClone(bundledDocument) });
    expect(await inKv()).toBeNull();
  });

  test('is read as it was written, with a version that only grows', async () => {
    const first = await admin('PUT', '/admin/catalog', document);
    expect(first).toMatchObject({ status: 200, etag: '"1"', body: { version: 1, ...document } });
    expect((await admin('GET', '/admin/catalog')).body).toEqual({ version: 1, ...document });
    expect(await inKv()).toEqual({ version: 1, ...document });
    expect(await admin('PUT', '/admin/catalog', { ...document, version: 77 })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(await inKv()).toEqual({ version: 2, ...document });
  });

  test('whose plans limit what is no model is written, and the answer, which says so, can be sent back', async () => {
    const plans = { pro: { limits: [{ metric: 'requests', per: 'day', max: 1, models: ['smal'] }] } };
    const { status, body } = await admin('PUT', '/admin/catalog', { ...document, plans });
    const told = expect.stringMatching(/^plans\.pro\.limits\[0\]\.models\[0\] is "smal", which matches no/) as unknown;
    expect({ status, warnings: body['warnings'] }).toEqual({ status: 200, warnings: [told] });
    expect(await inKv()).toEqual({ version: 1, ...document, plans });
    expect(await admin('PUT', '/admin/catalog', body)).toMatchObject({ status: 200, body: { warnings: [told] } });
    expect((await admin('GET', '/admin/catalog')).body).toEqual({ version: 2, ...document, plans });
    expect((await admin('PATCH', '/admin/catalog', { plans: null })).body).not.toHaveProperty('warnings');
  });

  test('that is wrong is refused by the path of what is wrong, and takes the place of nothing', async () => {
    await admin('PUT', '/admin/catalog', document);
    const wrong = structuredClone(document);
    wrong.models.small.targets[0] = { provider: 'nobody', model: 'small' };
    expect(errorOf(await admin('PUT', '/admin/catalog', wrong))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: 'models.small.targets[0].provider',
    });
    expect(
      errorOf(await admin('PATCH', '/admin/catalog', { providers: { local: { kind: 'carrier-pigeon' } } })),
    ).toMatchObject({
      status: 400,
      param: 'providers.local.kind',
    });
    expect(await inKv()).toEqual({ version: 1, ...document });
    expect((await admin('GET', '/admin/catalog')).body).toEqual({ version: 1, ...document });
  });

  test('is patched by merging: null removes, objects are merged, all else is replaced', async () => {
    await admin('PUT', '/admin/catalog', document);
    const patch = { models: { small: { price: { input: '0.3' }, aliases: ['s'] } }, providers: { echo: null } };
    const { body } = await admin('PATCH', '/admin/catalog', patch);
    expect(body).toMatchObject({
      version: 2,
      models: { small: { price: { input: '0.3', output: '0.2' }, aliases: ['s'] } },
    });
    expect(body['providers']).toEqual({ local: document.providers.local });
    expect(await inKv()).toEqual(body);
  });

  test('that was never written is patched on top of the bundled one', async () => {
    const { status, body } = await admin('PATCH', '/admin/catalog', { emergency: 'echo' });
    expect({ status, body }).toMatchObject({ status: 200, body: { version: 1, emergency: 'echo' } });
    expect(Object.keys(body['models'] as object)).toEqual(Object.keys(bundledDocument.models));
  });

  test('is written only under the version that the writer had read, if it says so', async () => {
    expect(await admin('PUT', '/admin/catalog', document, { 'if-match': '"0"' })).toMatchObject({ status: 200 });
    for (const method of ['PUT', 'PATCH']) {
      const stale = await admin(method, '/admin/catalog', document, { 'if-match': '"0"' });
      expect(errorOf(stale)).toMatchObject({ status: 412, code: 'precondition_failed' });
    }
    expect(await admin('PATCH', '/admin/catalog', { emergency: 'echo' }, { 'if-match': '"1"' })).toMatchObject({
      status: 200,
    });
  });

  test('loses none of many patches that are made at once', async () => {
    await admin('PUT', '/admin/catalog', document);
    const names = Array.from({ length: 20 }, (_, at) => `plan-${at}`);
    const answers = await Promise.all(
      names.map(async (name) => admin('PATCH', '/admin/catalog', { plans: { [name]: { limits: [] } } })),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    const { body } = await admin('GET', '/admin/catalog');
    expect(body).toMatchObject({ version: 21, plans: Object.fromEntries(names.map((name) => [name, {}])) });
    expect(await inKv()).toEqual(body);
  });

  test('is taken up to its bound, and refused one byte above', async () => {
    const padded = (bytes: number): string => JSON.stringify(document).padEnd(bytes);
    expect(await admin('PUT', '/admin/catalog', padded(catalogBytesMax))).toMatchObject({ status: 200 });
    expect(errorOf(await admin('PUT', '/admin/catalog', padded(catalogBytesMax + 1)))).toMatchObject({
      status: 413,
      code: 'request_too_large',
    });
  });

  test('is kept whole although it is larger than a row may be, and grows above its bound by no patch', async () => {
    // Three bytes each, so that some of them cross the end of a piece.
    const large = structuredClone({
      ...document,
      models: { small: { ...document.models.small, params: { note: '€'.repeat(1_000_000) } } },
    });
    expect(await admin('PUT', '/admin/catalog', large)).toMatchObject({ status: 200 });
    expect((await admin('GET', '/admin/catalog')).body).toEqual({ version: 1, ...large });
    expect(await inKv()).toEqual({ version: 1, ...large });
    const patch = { models: { small: { params: { more: '€'.repeat(500_000) } } } };
    expect(errorOf(await admin('PATCH', '/admin/catalog', patch))).toMatchObject({
      status: 413,
      code: 'request_too_large',
    });
    expect(await inKv()).toMatchObject({ version: 1 });
  });
});

describe('a copy that a reader did not find', () => {
  test.each([
    ['lost', null],
    ['spoilt', '{'],
  ])('is made again when it is %s, and the reader has the catalog at once', async (_what, text) => {
    await admin('PUT', '/admin/catalog', document);
    await (text === null ? env.CATALOG.delete('catalog') : env.CATALOG.put('catalog', text));
    const told = await env.DIRECTORY.getByName('directory').catalogForReaders();
    expect(JSON.parse(told ?? '')).toEqual({ version: 1, ...document });
    await vi.waitFor(async () => expect(await inKv()).toEqual({ version: 1, ...document }), 20_000);
  });

  test('is made again once a minute, however many ask', async () => {
    await admin('PUT', '/admin/catalog', document);
    const put = vi.spyOn(Object.getPrototypeOf(env.CATALOG) as KVNamespace, 'put');
    const directory = env.DIRECTORY.getByName('directory');
    await Promise.all(Array.from({ length: 20 }, async () => directory.catalogForReaders()));
    await runInDurableObject(directory, () => undefined);
    expect(put).toHaveBeenCalledTimes(1);
  });

  test('is none where no catalog was ever written', async () => {
    expect(await env.DIRECTORY.getByName('directory').catalogForReaders()).toBeUndefined();
    expect(await inKv()).toBeNull();
  });
});

describe('a catalog that could not be copied to its readers', () => {
  test('is answered as stored, and copied by the alarm', async () => {
    const put = vi
      .spyOn(Object.getPrototypeOf(env.CATALOG) as KVNamespace, 'put')
      .mockRejectedValue(new Error('KV is down'));
    const directory = env.DIRECTORY.getByName('directory');
    const answer = await admin('PUT', '/admin/catalog', document);
    expect(put).toHaveBeenCalled();
    expect(errorOf(answer)).toMatchObject({
      status: 503,
      code: 'ledger_unavailable',
      message: expect.stringMatching(/stored/),
    });
    expect(await inKv()).toBeNull();
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ undelivered: { catalog: true } });
    vi.restoreAllMocks();
    await runInDurableObject(directory, (_, { storage }) =>
      storage.sql.exec('UPDATE catalog SET push_at = 1').toArray(),
    );
    await ringDirectory();
    expect(await inKv()).toEqual({ version: 1, ...document });
    expect((await admin('GET', '/admin/health')).body).toMatchObject({ undelivered: { catalog: false } });
  });
});
