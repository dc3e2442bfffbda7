import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeProvider, steady } from '../load/fake-provider.ts';

const provider = new FakeProvider({
  steady,
  slow: { ...steady, latencyMs: 200 },
  trickle: { ...steady, tokenMs: 20, outputTokens: 200 },
  'trickle-cancels': { ...steady, tokenMs: 20, outputTokens: 200, cancels: true },
  failing: { ...steady, failEvery: 4 },
  'failing-billed': { ...steady, failEvery: 4, billsFailures: true },
  cut: { ...steady, cutEvery: 1 },
  deaf: { ...steady, ignoresCap: true },
  hanging: { ...steady, hangEvery: 1 },
});
let baseUrl = '';

beforeAll(async () => {
  baseUrl = await provider.listen();
});
afterAll(async () => {
  await provider.close();
});

function ask(model: string, user: string, more: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model, user, messages: [{ role: 'user', content: '12345678' }], ...more }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Polls, because the provider learns of a departure when its system tells it. */
async function billedOutput(user: string): Promise<number> {
  await expect.poll(() => provider.tally(user).attemptsBilled).toBe(1);
  return provider.tally(user).outputTokens;
}

describe('the fake provider', () => {
  test('bills what it reports', async () => {
    const answer = await ask('steady', 'whole', { max_tokens: 5 });
    expect(await answer.json()).toMatchObject({
      choices: [{ message: { content: 'weir'.repeat(5) }, finish_reason: 'length' }],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    });
    expect(provider.tally('whole')).toMatchObject({
      inputTokens: 5,
      outputTokens: 5,
      picoUsd: 25_000_000n,
      inFlight: 0,
    });
  });

  test('bills every choice', async () => {
    await ask('steady', 'choices', { n: 3 });
    expect(provider.tally('choices').outputTokens).toBe(48);
  });

  test('reports the usage of a stream only where it was asked for', async () => {
    const asked = await ask('steady', 'stream', { stream: true, stream_options: { include_usage: true } });
    expect(await asked.text()).toMatch(/"usage":\{"prompt_tokens":5.*\n\ndata: \[DONE\]\n\n$/);
    const notAsked = await ask('steady', 'stream', { stream: true });
    expect(await notAsked.text()).not.toContain('usage');
    expect(provider.tally('stream')).toMatchObject({ outputTokens: 32, streamsPeak: 1, streams: 0 });
  });

  test('generates on when a client leaves its stream, and bills it all', async () => {
    const leaving = new AbortController();
    const answer = await ask('trickle', 'left', { stream: true }, leaving.signal);
    await answer.body?.getReader().read();
    leaving.abort();
    expect(await billedOutput('left')).toBe(200);
  });

  test('stops where it was told that it does', async () => {
    const leaving = new AbortController();
    const answer = await ask('trickle-cancels', 'left-early', { stream: true }, leaving.signal);
    await answer.body?.getReader().read();
    leaving.abort();
    expect(await billedOutput('left-early')).toBeLessThan(100);
  });

  test('bills a whole answer that nobody waited for', async () => {
    const leaving = new AbortController();
    setTimeout(() => {
      leaving.abort();
    }, 50);
    await expect(ask('slow', 'gone', {}, leaving.signal)).rejects.toThrow('abort');
    expect(await billedOutput('gone')).toBe(16);
  });

  test.each([
    ['failing', 0],
    ['failing-billed', 16],
  ])('%s fails one attempt in four, and bills %i tokens of output for it', async (model, outputTokens) => {
    const statuses: number[] = [];
    for (let call = 0; call < 8; call++) statuses.push((await ask(model, model)).status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(2);
    expect(provider.tally(model).outputTokens).toBe(6 * 16 + 2 * outputTokens);
  });

  test('cuts a connection in the middle and bills what it generated, or would have', async () => {
    const answer = await ask('cut', 'cut', { stream: true });
    await expect(answer.text()).rejects.toThrow('terminated');
    expect(await billedOutput('cut')).toBe(16);
  });

  test('says more than it may where it is deaf to the cap', async () => {
    await ask('deaf', 'deaf', { max_tokens: 2 });
    expect(provider.tally('deaf').outputTokens).toBe(16);
  });

  test('never answers where it hangs, and bills when the client gives up', async () => {
    await expect(ask('hanging', 'hanging', {}, AbortSignal.timeout(100))).rejects.toThrow('timeout');
    expect(await billedOutput('hanging')).toBe(16);
  });

  test('keeps the tallies of its users apart, and can forget one', async () => {
    await ask('steady', 'one');
    expect(provider.tally('other').attempts).toBe(0);
    provider.forget('one');
    expect(provider.tally('one').attempts).toBe(0);
  });
});
