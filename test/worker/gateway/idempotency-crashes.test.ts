import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HeldDoubts } from '../../support/doubts.ts';
import { type Fate, type Method, faults, kill } from '../../support/gateway-faults.ts';
import {
  type Answer,
  type Json,
  type TestKey,
  chat,
  errorOf,
  eventually,
  newKey,
  standing,
} from '../../support/gateway.ts';
import {
  type FakeProvider,
  Gate,
  completion,
  replaceFetch,
  usageNanoUsd,
  servedByOne,
} from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';

/** Goal: whatever crashes, and whenever, a call that is repeated by its key is charged once. */

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

const body: Json = { model: 'served', max_completion_tokens: 1000 };
const headers = { 'idempotency-key': 'order-7' };
const usage = { prompt_tokens: 10, completion_tokens: 20 };

let fake: FakeProvider;
let key: TestKey;

beforeEach(async () => {
  fake = await servedByOne();
  key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '1' }] });
});

async function ask(fates: Partial<Record<Method, readonly Fate[]>> = {}, more: Json = {}): Promise<Answer> {
  return chat(key, { ...body, ...more }, { headers, env: faults(fates).env });
}

async function expectChargedOnce(): Promise<void> {
  expect(fake.calls).toHaveLength(1);
  expect(await standing(key)).toEqual({ posted: usageNanoUsd, held: 0 });
}

describe('the answer is there, and the call is charged once, when its actor dies', () => {
  test.each<[string, Partial<Record<Method, readonly Fate[]>>]>([
    ['as it has admitted it', { admit: ['actor killed'] }],
    ['as it has settled it', { settle: ['actor killed'] }],
    ['each time anything is asked of it for the first time', { admit: ['actor killed'], settle: ['actor killed'] }],
  ])('%s', async (_, fates) => {
    const first = await ask(fates);
    expect(first.status).toBe(200);
    const second = await ask();
    expect(second).toMatchObject({ status: 200, text: first.text });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    await expectChargedOnce();
  });

  test('while the provider works', async () => {
    const gate = new Gate();
    fake.says(gate.before(completion()));
    const first = ask();
    await eventually(() => fake.calls.length === 1);
    await kill(key.id);
    expect(errorOf(await ask())).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
    gate.open();
    expect(await first).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({ status: 200, text: (await first).text });
    await expectChargedOnce();
  });

  test('after its stream was answered', async () => {
    fake.says(streamed(usage, 'Hello', ' you'));
    const first = await ask({}, { stream: true });
    await kill(key.id);
    expect(await ask({}, { stream: true })).toMatchObject({ status: 200, text: first.text });
    await expectChargedOnce();
  });

  test('as it has answered the repeat, which is asked for again', async () => {
    const first = await ask();
    expect(await ask({ admit: ['actor killed'] })).toMatchObject({ status: 200, text: first.text });
    await expectChargedOnce();
  });
});

describe('a call that nobody renews', () => {
  test('was charged when its lease ran out, and is never made again; when its answer comes late, it is replayed', async () => {
    const gate = new Gate();
    fake.says(gate.before(completion()));
    const first = ask();
    await eventually(() => fake.calls.length === 1);
    const { held } = await standing(key);
    expect(held).toBeGreaterThan(0);
    await expireAll();
    expect(await standing(key)).toEqual({ posted: held, held: 0 });
    expect(errorOf(await ask())).toMatchObject({ status: 409, code: 'idempotency_unreplayable' });
    gate.open();
    expect(await first).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({ status: 200, text: (await first).text });
    await expectChargedOnce();
  });
});

/** Lets time pass for the actor until every lease is over, and rings its alarm. */
async function expireAll(): Promise<void> {
  const doubts = new HeldDoubts();
  await runInDurableObject(env.TENANT.getByName(key.id), (actor) => {
    const later = Date.now() + 200_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later);
    void actor.alarm();
    clock.mockRestore();
  });
  doubts.pass();
  await eventually(async () => (await standing(key)).held === 0);
}
