import { describe, expect, test } from 'vitest';
import { errorBodyBytesMax, generationPausesMs, providerNameCharsMax } from '../../../src/limits.ts';
import { type GenerationQuery, lookUpGeneration } from '../../../src/providers/generation-lookup.ts';

const query: GenerationQuery = {
  baseUrl: 'https://openrouter.example/api/v1',
  path: '/generation',
  id: 'gen-1/&',
  credential: 'key',
};
const known = { data: { native_tokens_prompt: 4, native_tokens_completion: 6, total_cost: 0.001 } };
const unknown = () => Response.json({ error: { code: 404, message: 'Generation gen-1 not found' } }, { status: 404 });

/** Asks a provider that answers so, in turn, and the last again and again. */
async function ask(replies: readonly (() => Response)[], asked: Partial<GenerationQuery> = {}, signal?: AbortSignal) {
  const requests: { url: string; init: RequestInit }[] = [];
  const waits: number[] = [];
  const left = [...replies];
  const usage = await lookUpGeneration(
    { ...query, ...asked },
    {
      fetch: async (url, init) => {
        requests.push({ url, init });
        const reply = left.length > 1 ? left.shift() : left[0];
        if (reply === undefined) throw new TypeError('nobody is there');
        return reply();
      },
      wait: async (ms) => void waits.push(ms),
      signal: signal ?? new AbortController().signal,
    },
  );
  return { usage, requests, waits };
}

describe('a call that ended early', () => {
  test('is asked for by its id, until its provider knows what it cost', async () => {
    const { usage, requests, waits } = await ask([unknown, unknown, () => Response.json(known)]);
    expect(usage).toMatchObject({ inputTokens: 4, outputTokens: 6, statedNanoUsd: 1_000_000 });
    expect(waits).toEqual(generationPausesMs.slice(0, 3));
    expect(requests[0]?.url).toBe('https://openrouter.example/api/v1/generation?id=gen-1%2F%26');
    expect(requests[0]?.init).toMatchObject({
      method: 'GET',
      redirect: 'manual',
      headers: { authorization: 'Bearer key' },
    });
  });

  test('is given up when it has been asked for often enough', async () => {
    const { usage, requests } = await ask([unknown]);
    expect(usage).toBeUndefined();
    expect(requests).toHaveLength(generationPausesMs.length);
  });

  test.each([
    ['a connection that breaks', []],
    ['a failure', [() => new Response('oops', { status: 502 })]],
    ['something else than JSON', [() => new Response('<html>')]],
    ['an answer without end', [() => new Response('x'.repeat(errorBodyBytesMax + 1))]],
  ])('is asked for again after %s', async (_, replies: (() => Response)[]) => {
    const { usage, requests } = await ask(replies);
    expect(usage).toBeUndefined();
    expect(requests).toHaveLength(generationPausesMs.length);
  });

  test.each([301, 400, 401, 403])('is not asked for again after %i', async (status) => {
    const { usage, requests } = await ask([() => new Response(null, { status })]);
    expect(usage).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  test('is not asked for when there is no more time', async () => {
    const { usage, requests } = await ask([() => Response.json(known)], {}, AbortSignal.abort());
    expect(usage).toBeUndefined();
    expect(requests).toHaveLength(0);
  });

  test('is not asked for without a name that can be one', async () => {
    expect((await ask([() => Response.json(known)], { id: '' })).requests).toHaveLength(0);
    const longest = 'g'.repeat(providerNameCharsMax);
    expect((await ask([() => Response.json(known)], { id: longest })).usage).toBeDefined();
    expect((await ask([() => Response.json(known)], { id: `${longest}g` })).requests).toHaveLength(0);
  });
});
