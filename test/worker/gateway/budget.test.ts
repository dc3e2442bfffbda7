import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Answer, type Json, chat, errorOf, newKey, standing } from '../../support/gateway.ts';
import { type FakeProvider, completion, replaceFetch, servedBy } from '../../support/gateway-provider.ts';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

interface Asked {
  readonly answer: Answer;
  readonly sent: Json | undefined;
  readonly cap: string | null;
}

async function ask(policy: Policy, body: Json = {}, budget?: string, quirks?: Json): Promise<Asked> {
  const [one] = await servedBy(1, quirks === undefined ? {} : { quirks });
  one?.says(completion({ prompt_tokens: 5, completion_tokens: 5 }));
  const headers = budget === undefined ? {} : { 'x-gateway-budget': budget };
  const { method, path } = { method: 'POST', path: '/v1/chat/completions' };
  const answer = await chat(
    await newKey(policy),
    {},
    { method, path, headers, body: { model: 'served', messages: [{ role: 'user', content: 'Hi' }], ...body } },
  );
  return { answer, sent: one?.calls[0]?.json, cap: answer.headers.get('x-gateway-output-cap') };
}

/** Enough for the prompt, and for so many tokens of output and no more. */
const room = (outputTokens: number): Policy => ({
  limits: [{ metric: 'tokens', per: 'total', max: 128 + outputTokens }],
});

describe('the output cap of a limited account', () => {
  test('is put in where the client set none: the model’s default, where that fits', async () => {
    const { sent, cap } = await ask(room(100_000));
    expect(sent).toMatchObject({ max_completion_tokens: 1000 });
    expect(cap).toBe('1000');
  });

  test('is lowered to what fits, if the client set none', async () => {
    const { answer, sent, cap } = await ask(room(50));
    expect(answer.status).toBe(200);
    expect(Number(cap)).toBeGreaterThan(0);
    expect(Number(cap)).toBeLessThanOrEqual(50);
    expect(sent).toMatchObject({ max_completion_tokens: Number(cap) });
  });

  test('is not lowered if the client set it: it is kept, or refused', async () => {
    const fits = await ask(room(500), { max_completion_tokens: 400 });
    expect(fits).toMatchObject({ answer: { status: 200 }, sent: { max_completion_tokens: 400 }, cap: null });
    const { answer, sent } = await ask(room(50), { max_completion_tokens: 400 });
    expect(errorOf(answer)).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(sent).toBeUndefined();
  });

  test('is lowered although the client set it, if it asks for that', async () => {
    const { answer, sent, cap } = await ask(room(50), { max_completion_tokens: 400 }, 'clamp');
    expect(answer.status).toBe(200);
    expect(Number(cap)).toBeLessThanOrEqual(50);
    expect(sent).toMatchObject({ max_completion_tokens: Number(cap) });
  });

  test('is not lowered although the client set none, if it asks for that', async () => {
    const { answer, sent } = await ask(room(50), {}, 'strict');
    expect(errorOf(answer)).toMatchObject({ status: 429 });
    expect(sent).toBeUndefined();
  });

  test('stands under the name that the server reads, and under no other', async () => {
    const { sent } = await ask(room(500), { max_completion_tokens: 100 }, undefined, { outputCap: 'max_tokens' });
    expect(sent).toMatchObject({ max_tokens: 100 });
    expect(sent).not.toHaveProperty('max_completion_tokens');
  });

  test('counts for every answer that was asked for', async () => {
    const { cap } = await ask(room(60), { n: 3 });
    expect(Number(cap)).toBeLessThanOrEqual(20);
  });

  test('below what the server accepts is refused with how to put it right', async () => {
    const { answer } = await ask(room(500), { max_completion_tokens: 4 }, undefined, { minOutput: 16 });
    expect(errorOf(answer)).toMatchObject({
      status: 400,
      code: 'output_cap_too_small',
      param: 'max_completion_tokens',
    });
  });

  test('is refused where it is no number of tokens', async () => {
    for (const cap of [0, -1, 1.5, 1e300]) {
      const { answer } = await ask(room(500), { max_completion_tokens: cap });
      expect(errorOf(answer)).toMatchObject({ status: 400, code: 'invalid_request', param: 'max_completion_tokens' });
    }
  });
});

describe('the output cap of an account without a limit on money or tokens', () => {
  test('is the client’s affair: nothing is put in, lowered or refused', async () => {
    const limits: Policy = { limits: [{ metric: 'requests', per: 'minute', max: 9 }] };
    expect(await ask(limits)).toMatchObject({ answer: { status: 200 }, cap: null });
    expect((await ask(limits)).sent).not.toHaveProperty('max_completion_tokens');
    // Under the name that the server reads.
    expect(await ask(limits, { max_tokens: 7 })).toMatchObject({ sent: { max_completion_tokens: 7 }, cap: null });
  });

  test('is never above the cap of its policy', async () => {
    expect(await ask({ maxTokens: 64 })).toMatchObject({ sent: { max_completion_tokens: 64 }, cap: '64' });
    expect(await ask({ maxTokens: 64 }, { max_completion_tokens: 10 })).toMatchObject({
      sent: { max_completion_tokens: 10 },
      cap: null,
    });
    expect(await ask({ maxTokens: 64 }, { max_completion_tokens: 100 })).toMatchObject({
      sent: { max_completion_tokens: 64 },
      cap: '64',
    });
  });
});

test('an amount that is held is never below what the call then costs, and never above the limit', async () => {
  const [one]: FakeProvider[] = await servedBy(1);
  const key = await newKey({ limits: [{ metric: 'usd', per: 'total', max: '0.0005' }] });
  one?.says(({ json }) =>
    completion({ prompt_tokens: 20, completion_tokens: Number(json['max_completion_tokens']) })({ json } as never),
  );
  const answers: Answer[] = [];
  do answers.push(await chat(key, { model: 'served' }));
  while (answers.at(-1)?.status === 200 && answers.length < 100);
  expect(answers.length).toBeGreaterThan(1);
  const { posted, held } = await standing(key);
  expect(held).toBe(0);
  expect(posted).toBeLessThanOrEqual(500_000);
  expect(posted).toBeGreaterThan(250_000);
});
