import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { countMessage, decodeMessagesUsage } from '../../../../src/protocols/messages/usage.ts';
import { reportedTokensMax } from '../../../../src/limits.ts';
import { OutputCount } from '../../../../src/protocols/output-count.ts';
import { plain, tools } from './fixtures/messages.ts';

const decode = (usage: unknown) => decodeMessagesUsage({ usage });

describe('the usage of a message', () => {
  it('counts what was read from the cache, and written to it, as input', () => {
    const usage = {
      input_tokens: 5,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: 300,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 40,
      output_tokens_details: { thinking_tokens: 30 },
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 },
      service_tier: 'priority',
    };
    expect(decode(usage)).toEqual({
      inputTokens: 1305,
      cachedInputTokens: 1000,
      cacheWrite5mTokens: 100,
      cacheWrite1hTokens: 200,
      outputTokens: 40,
      reasoningTokens: 30,
      webSearches: 3,
      serviceTier: 'priority',
    });
  });

  it('takes writes to the cache of which nothing else is said for short ones, or for as long as others were', () => {
    const written = { input_tokens: 1, cache_creation_input_tokens: 50, output_tokens: 1 };
    const open = { cacheWrite5mTokens: 50, cacheWrite1hTokens: 0, undividedCacheWriteTokens: 50 };
    expect(decode(written)).toMatchObject(open);
    const short = { ...written, cache_creation: { ephemeral_5m_input_tokens: 50 } };
    expect(decode(short)).not.toHaveProperty('undividedCacheWriteTokens');
    const long = { ...written, cache_creation: { ephemeral_1h_input_tokens: 20, ephemeral_5m_input_tokens: 0 } };
    expect(decode(long)).toMatchObject({ cacheWrite5mTokens: 0, cacheWrite1hTokens: 50, inputTokens: 51 });
  });

  it('counts the searches in the answer where it counts none itself', () => {
    const search = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const content = [search, search, { ...search, name: 'web_fetch' }];
    expect(decodeMessagesUsage({ usage, content })).toMatchObject({ webSearches: 2 });
    const counted = { ...usage, server_tool_use: { web_search_requests: 1 } };
    expect(decodeMessagesUsage({ usage: counted, content })).toMatchObject({ webSearches: 1 });
  });

  it('adds what was billed beside the answer itself', () => {
    const iterations = [
      { type: 'compaction', input_tokens: 180_000, output_tokens: 3500 },
      { type: 'message', input_tokens: 23_000, output_tokens: 1000 },
    ];
    expect(decode({ input_tokens: 23_000, output_tokens: 1000, iterations })).toMatchObject({
      inputTokens: 203_000,
      outputTokens: 4500,
    });
  });

  it.each([
    undefined,
    {},
    { input_tokens: 5 },
    { output_tokens: 5 },
    { input_tokens: -1, output_tokens: 1 },
    { input_tokens: '5', output_tokens: 1 },
    { input_tokens: 0, output_tokens: 0 },
    { input_tokens: 1, output_tokens: reportedTokensMax + 1 },
    { input_tokens: reportedTokensMax, cache_read_input_tokens: 1, output_tokens: 1 },
  ])('is none where it makes no sense: %j', (usage) => {
    expect(decode(usage)).toBeUndefined();
  });

  it('is believed up to the most that can be true', () => {
    expect(decode({ input_tokens: reportedTokensMax, output_tokens: 1 })?.inputTokens).toBe(reportedTokensMax);
  });
});

test('the parts of the input never make more than the whole of it', () => {
  const count = fc.nat(1000);
  fc.assert(
    fc.property(count, count, count, count, count, (input, read, short, long, sum) => {
      const usage = decode({
        input_tokens: input,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: sum,
        cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
        output_tokens: 1,
      });
      if (usage === undefined) return;
      const written = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
      expect(usage.inputTokens).toBe(input + usage.cachedInputTokens + written);
      expect(written).toBe(Math.max(sum, short + long));
    }),
  );
});

describe('the count of a whole message', () => {
  const countOf = (answer: Readonly<Record<string, unknown>>) => {
    const count = new OutputCount(1);
    countMessage(count, answer);
    return count;
  };

  it('has its words, its thoughts and the arguments of its calls, but no signatures', () => {
    expect(countOf(plain).least).toBe(2);
    const { least, most } = countOf(tools);
    // "Two calls.", "One moment.", and two calls, the arguments of which begin where the name ends.
    expect(least).toBe(6);
    expect(most).toBeLessThan(70);
  });

  it('is at least the bytes of all that was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const content = texts.map((text, index) =>
          index % 2 === 0 ? { type: 'text', text } : { type: 'thinking', thinking: text },
        );
        const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
        expect(countOf({ content }).most).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });
});
