import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { catalogCacheMs } from '../../../src/limits.ts';
import { faults } from '../../support/gateway-faults.ts';
import { FakeProvider, breaksOff, model, putCatalog, replaceFetch, servedBy } from '../../support/gateway-provider.ts';
import { changeKey, chat, newKey, standing } from '../../support/gateway.ts';

/** Goal: no order of changes and no way of naming things lets a call past a limit that is meant for it. */

beforeEach(() => {
  replaceFetch();
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  vi.spyOn(console, 'error').mockReturnValue(undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a key that was moved to a smaller plan after a change of the catalog is under the smaller plan', async () => {
  const fake = new FakeProvider();
  const plans = {
    large: { limits: [{ metric: 'requests', per: 'total', max: 1000 }] },
    small: { limits: [{ metric: 'requests', per: 'total', max: 1 }] },
  };
  const put = async (more: Parameters<typeof putCatalog>[1]): Promise<void> => {
    await putCatalog({ served: model(fake) }, { [fake.name]: fake.entry(), ...more }, { plans });
  };
  await put({});
  const key = await newKey({ plan: 'large' });
  await chat(key);
  await chat(key);
  const other = new FakeProvider();
  await put({ [other.name]: other.entry() });
  vi.setSystemTime(Date.now() + 2 * catalogCacheMs);
  await changeKey(key, { plan: 'small' });
  expect((await chat(key)).status).toBe(429);
  expect((await chat(key)).status).toBe(429);
});

test('an error after a charged attempt says neither that nothing was charged, nor that it is worth repeating', async () => {
  const [one] = await servedBy(2);
  one?.says(breaksOff);
  vi.spyOn(scheduler, 'wait').mockResolvedValue(undefined);
  const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });
  const { env } = faults({ extend: ['unreached', 'unreached'] });
  const answer = await chat(key, { model: 'served', max_completion_tokens: 20 }, { env });
  expect((await standing(key)).posted).toBeGreaterThan(0);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect(answer.text).not.toContain('nothing was charged');
});

test('a deny list and a limit on some models are not got round with a pinned name that the catalog does not list', async () => {
  const fake = new FakeProvider();
  const listed = { ...model(fake), targets: [{ provider: fake.name, model: 'gpt-9' }] };
  await putCatalog({ 'gpt-9': listed }, { [fake.name]: fake.entry() });
  const limited = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '0', models: ['gpt-9*'] }] });
  const counted = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 0, models: ['gpt-9*'] }] });
  const denied = await newKey({ models: { deny: ['gpt-9*'] } });
  const pinned = { model: `${fake.name}/gpt-9:free` };
  expect((await chat(limited, pinned)).status).toBe(400);
  expect((await chat(counted, pinned)).status).toBe(429);
  expect((await chat(denied, pinned)).status).toBe(400);
});

test('a deny list and a limit on a model are not got round with one of its dated names', async () => {
  const fake = new FakeProvider();
  const listed = { ...model(fake), targets: [{ provider: fake.name, model: 'gpt-9' }] };
  await putCatalog({ 'gpt-9': listed }, { [fake.name]: fake.entry() });
  const limited = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '0', models: ['gpt-9'] }] });
  const counted = await newKey({ limits: [{ metric: 'requests', per: 'total', max: 0, models: ['gpt-9'] }] });
  const denied = await newKey({ models: { deny: ['gpt-9'] } });
  for (const dated of ['gpt-9-2026-08-07', `${fake.name}/gpt-9-20260807`]) {
    expect((await chat(limited, { model: dated })).status).toBe(429);
    expect((await chat(counted, { model: dated })).status).toBe(429);
    expect((await chat(denied, { model: dated })).status).toBe(400);
  }
  const paid = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '1', models: ['gpt-9'] }] });
  expect((await chat(paid, { model: 'gpt-9-2026-08-07' })).status).toBe(200);
  expect(fake.calls.at(-1)?.json).toMatchObject({ model: 'gpt-9-2026-08-07' });
  expect((await standing(paid)).posted).toBeGreaterThan(0);
});

test.each([
  ['requests', { per: 'total' }],
  ['concurrency', {}],
  ['streams', {}],
] as const)(
  'a limit of %s on some models counts them by an alias, and counts a pinned name that may be one of them',
  async (metric, window) => {
    const fake = new FakeProvider();
    const listed = { ...model(fake), targets: [{ provider: fake.name, model: 'gpt-9' }], aliases: ['nine'] };
    const other = { ...model(fake), targets: [{ provider: 'echo', model: 'echo' }] };
    await putCatalog({ 'gpt-9': listed, other }, { [fake.name]: fake.entry(), echo: { kind: 'echo' } });
    const status = async (limited: string, asked: string): Promise<number> => {
      const key = await newKey({ limits: [{ metric, ...window, max: 0, models: [limited] }] });
      return (await chat(key, { model: asked, stream: true })).status;
    };
    for (const asked of ['gpt-9', 'nine', `${fake.name}/gpt-9`]) {
      expect(await status('nine', asked)).toBe(429);
      expect(await status('gpt-9', asked)).toBe(429);
    }
    for (const pinned of ['gpt-9-2026-08-07', 'maker/gpt-9:free', 'known-by-another-name']) {
      expect(await status('gpt-9', `${fake.name}/${pinned}`)).toBe(429);
    }
    expect(await status('gpt-9', 'other')).toBe(200);
  },
);
