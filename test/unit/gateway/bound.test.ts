import { describe, expect, test } from 'vitest';
import { boundAttempts, dearestBound, isLimited } from '../../../src/gateway/bound/bound.ts';
import { minute, month } from '../../../src/core/ledger/window.ts';
import { modelTokensMax } from '../../../src/limits.ts';
import { boundOf as bound, boundRefusal as refusal, bounding, limited, unlimited } from '../../support/bound.ts';
import { candidates, catalog, chatCall, hello } from '../../support/chat.ts';

describe('the output cap', () => {
  test("is the client's own, which is not lowered", () => {
    expect(bound({ max_tokens: 50 })).toMatchObject({ capWanted: 50, capLeast: 50 });
    expect(bound({ max_completion_tokens: 50 })).toMatchObject({ capWanted: 50, capLeast: 50 });
    expect(bound({ max_tokens: 9000 })).toMatchObject({ capWanted: 9000, capLeast: 9000 });
  });

  test("is the model's default where the client set none, lowered to anything that is of use", () => {
    expect(bound({})).toMatchObject({ capWanted: 1000, capLeast: 1 });
    expect(bound({ max_tokens: null })).toMatchObject({ capWanted: 1000, capLeast: 1 });
    expect(bound({}, limited, 'small')).toMatchObject({ capWanted: 1000, capLeast: 16 });
  });

  test('is lowered or not as x-gateway-budget says', () => {
    expect(bound({ max_tokens: 50 }, { ...limited, budget: 'clamp' })).toMatchObject({ capWanted: 50, capLeast: 1 });
    expect(bound({}, { ...limited, budget: 'strict' })).toMatchObject({ capWanted: 1000, capLeast: 1000 });
    expect(bound({ max_tokens: 50 }, { ...limited, budget: 'strict' })).toMatchObject({ capWanted: 50, capLeast: 50 });
  });

  test("is no more than the account's policy allows", () => {
    expect(bound({ max_tokens: 50 }, { ...limited, maxTokens: 20 })).toMatchObject({ capWanted: 20, capLeast: 20 });
    expect(bound({ max_tokens: 50 }, { ...limited, maxTokens: 80 })).toMatchObject({ capWanted: 50, capLeast: 50 });
    expect(bound({}, { ...limited, maxTokens: 20 })).toMatchObject({ capWanted: 20, capLeast: 1 });
  });

  test('is the lower of two, which is then the only one that is sent on', () => {
    expect(bound({ max_tokens: 50, max_completion_tokens: 20 })).toMatchObject({ capWanted: 20, capLeast: 20 });
    expect(bound({ max_tokens: 20, max_completion_tokens: 50 })).toMatchObject({ capWanted: 20, capLeast: 20 });
  });

  test('counts once for each choice', () => {
    expect(bound({ max_tokens: 50, n: 3 })).toMatchObject({ tokensPerCapToken: 3, picoUsdPerCapToken: 6_000_000 });
    expect(bound({ max_tokens: 50, n: null })).toMatchObject({ tokensPerCapToken: 1 });
    expect(bound({}, limited, 'tuned')).toMatchObject({ tokensPerCapToken: 2 });
    expect(bound({ n: 1 }, limited, 'tuned')).toMatchObject({ tokensPerCapToken: 1 });
  });

  test.each([0, -1, 1.5, modelTokensMax + 1])('is refused, where it must be relied on, if it is %d', (max_tokens) => {
    expect(refusal({ max_tokens })).toMatchObject({ code: 'invalid_request', options: { param: 'max_tokens' } });
  });

  test('is accepted up to the bound', () => {
    expect(bound({ max_tokens: modelTokensMax }, limited, 'free')).toMatchObject({ capWanted: modelTokensMax });
  });

  test('is refused below the least that the server accepts, saying who set it', () => {
    expect(bound({ max_tokens: 16 }, limited, 'small')).toMatchObject({ capWanted: 16 });
    expect(refusal({ max_tokens: 15 }, limited, 'small')).toMatchObject({
      code: 'output_cap_too_small',
      options: { param: 'max_tokens' },
    });
    const byPolicy = refusal({}, { ...limited, maxTokens: 15 }, 'small');
    expect(byPolicy).toMatchObject({ code: 'output_cap_too_small', options: {} });
    expect(byPolicy.options.param).toBeUndefined();
    expect(byPolicy.message).toContain("The account's 'maxTokens' is 15");
  });

  test('is refused where one request could cost more than can be counted exactly', () => {
    expect(refusal({ max_tokens: modelTokensMax, n: 128 })).toMatchObject({
      code: 'unbounded_cost',
      options: { param: 'max_tokens' },
    });
    const clamped = bound({ max_tokens: modelTokensMax, n: 128 }, { ...limited, budget: 'clamp' });
    expect(Number.isSafeInteger(clamped.capWanted * clamped.picoUsdPerCapToken)).toBe(true);
    expect(Number.isSafeInteger((clamped.capWanted + 1) * clamped.picoUsdPerCapToken)).toBe(false);
  });
});

describe('an account without limits on money or tokens', () => {
  test('has nothing refused, lowered or put in', () => {
    for (const body of [
      { web_search_options: {} },
      { x: 1 },
      { max_tokens: -1 },
      { max_tokens: 0 },
      { service_tier: 'turbo' },
    ]) {
      expect(bounding(body, unlimited)).toMatchObject({ kind: 'bounded', bounded: false, setsCap: false });
    }
    expect(bounding({}, unlimited, 'unpriced')).toMatchObject({ kind: 'bounded', bounded: false, setsCap: false });
  });

  test('has what is likely counted as held', () => {
    expect(bound({ max_tokens: 50 }, unlimited)).toMatchObject({
      capWanted: 50,
      capLeast: 50,
      picoUsdPerCapToken: 2_000_000,
    });
    expect(bound({}, unlimited)).toMatchObject({ capWanted: 1000, capLeast: 1000 });
    expect(bound({}, unlimited, 'unpriced')).toMatchObject({ fixedNanoUsd: 0, picoUsdPerCapToken: 0 });
    expect(bound({ max_tokens: 1e300, n: 128 }, unlimited)).toMatchObject({ capWanted: 1000 });
  });

  test("is held to its policy's output cap all the same", () => {
    const options = { ...unlimited, maxTokens: 300 };
    expect(bounding({}, options)).toMatchObject({ bounded: false, setsCap: true });
    expect(bound({}, options)).toMatchObject({ capWanted: 300, capLeast: 300 });
    expect(bound({ max_tokens: 20 }, options)).toMatchObject({ capWanted: 20 });
    expect(bound({ max_tokens: -1 }, options)).toMatchObject({ capWanted: 300 });
    expect(bound({}, { ...unlimited, maxTokens: 5000 })).toMatchObject({ capWanted: 4000 });
  });
});

describe('what goes in', () => {
  test('is counted as a token for each byte of what can be in the prompt', () => {
    const messages = JSON.stringify([{ role: 'user', content: 'é€𝄞' }]);
    const text = `{"model":"echo","temperature":0.5,"messages":${messages}}`;
    const result = boundAttempts(chatCall(text), candidates(catalog, 'echo'), limited);
    const bytes = new TextEncoder().encode(messages).length;
    expect(result).toMatchObject({ attempts: [{ bound: { fixedTokens: bytes, fixedNanoUsd: bytes * 1000 } }] });
  });

  test('is not counted for fields that are not in it', () => {
    const plain = bound({}).fixedTokens;
    expect(bound({ user: 'x'.repeat(1000), metadata: { a: 'y'.repeat(100) }, logit_bias: { 1: 1 } }).fixedTokens).toBe(
      plain,
    );
    expect(bound({ response_format: { type: 'json_object' } }).fixedTokens).toBe(plain + 22 + 2 * 2);
  });

  test('has room for what a server adds of its own, above all with tools', () => {
    const inBody = JSON.stringify(hello).length;
    expect(bound({}, limited, 'echo').fixedTokens).toBe(inBody);
    expect(bound({}).fixedTokens).toBe(inBody + 96);
    const tools = [{ type: 'function', function: { name: 'f' } }];
    // The list, the tool, its two fields and the function's one.
    const nodes = 5;
    expect(bound({ tools }).fixedTokens).toBe(inBody + 96 + 1024 + JSON.stringify(tools).length + 2 * nodes);
    expect(bound({ tools: [] }).fixedTokens).toBe(inBody + 96 + 2 + 2 * 2);
  });

  test('is never more than the context of the model', () => {
    expect(bound({ messages: [{ role: 'user', content: 'x'.repeat(100_000) }] }).fixedTokens).toBe(10_000);
  });

  test('is an image of the size that the catalog says, wherever the image comes from, and its fee', () => {
    const image = (url: string) => ({ type: 'image_url', image_url: { url } });
    const messages = (...content: object[]) => [{ role: 'user', content }];
    const empty = bound({ messages: messages(image('')) }, limited, 'seeing');
    expect(
      bound({ messages: messages(image(`data:image/png;base64,${'A'.repeat(5000)}`)) }, limited, 'seeing'),
    ).toEqual(empty);
    const one = JSON.stringify(messages(image(''))).length + 96 + 1500;
    expect(empty).toMatchObject({ fixedTokens: one, fixedNanoUsd: one * 1000 + 10_000_000 });
    const two = bound({ messages: messages(image('a'), image('b')) }, limited, 'seeing');
    expect(two.fixedTokens).toBe(JSON.stringify(messages(image(''), image(''))).length + 96 + 3000);
    expect(two.fixedNanoUsd).toBe(two.fixedTokens * 1000 + 20_000_000);
  });

  test('is the whole context where the size of a part is not known, at the dearest rate', () => {
    const audio = [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }];
    expect(bound({ messages: audio }, limited, 'hearing')).toMatchObject({
      fixedTokens: 10_000,
      fixedNanoUsd: 400_000_000,
    });
    const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a.example/b.png' } }] }];
    expect(bound({ messages: image }, limited, 'hearing')).toMatchObject({
      fixedTokens: 10_000,
      fixedNanoUsd: 10_000_000,
    });
  });

  test('is refused where the catalog does not list its kind', () => {
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: 'u' } },
        ],
      },
    ];
    expect(refusal({ messages })).toMatchObject({
      code: 'unbounded_cost',
      options: { param: 'messages[0].content[1].type' },
    });
    expect(bounding({ messages }, unlimited).kind).toBe('bounded');
    const file = [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }];
    expect(refusal({ messages: file }, limited, 'seeing')).toMatchObject({ code: 'unbounded_cost' });
  });
});

test('what a provider may charge by without reporting it is kept with the attempt', () => {
  const unreported = (body: object, model: string) => {
    const result = bounding(body, limited, model);
    if (result.kind === 'refused') throw result.error;
    return result.attempts[0].unreported;
  };
  const image = { type: 'image_url', image_url: { url: 'u' } };
  expect(unreported({ messages: [{ role: 'user', content: [image, image] }] }, 'seeing')).toEqual({ images: 2 });
  expect(unreported({ service_tier: 'fast' }, 'stepped')).toEqual({
    images: 0,
    serviceTier: 'priority',
    askedServiceTier: 'priority',
  });
  expect(unreported({ service_tier: 'auto' }, 'stepped')).toEqual({ images: 0 });
});

describe('several targets', () => {
  test('are reserved for at the dearest of each part', () => {
    const result = bounding({}, limited, 'both');
    if (result.kind === 'refused') throw result.error;
    const [one, two] = result.attempts.map((attempt) => attempt.bound);
    expect(dearestBound(result.attempts)).toEqual({
      model: 'both',
      fixedTokens: one?.fixedTokens,
      fixedNanoUsd: two?.fixedNanoUsd,
      tokensPerCapToken: 1,
      picoUsdPerCapToken: one?.picoUsdPerCapToken,
      capWanted: 1000,
      capLeast: 16,
    });
    expect(two?.fixedNanoUsd).toBe((two?.fixedTokens ?? 0) * 3000 + 1_000_000);
  });

  test('are reserved for until the model changes', () => {
    const result = bounding({}, limited, 'safe');
    if (result.kind === 'refused') throw result.error;
    expect(result.attempts.map((attempt) => attempt.bound.model)).toEqual(['plain', 'both', 'both']);
    expect(dearestBound(result.attempts)).toEqual(result.attempts[0].bound);
  });

  test('are left out where they can not be bounded, as long as one can', () => {
    const result = bounding({ best_of: 1 }, limited, 'both');
    if (result.kind === 'refused') throw result.error;
    expect(result.attempts.map(({ attempt }) => attempt.provider.name)).toEqual(['one']);
    const small = bounding({ max_tokens: 5 }, limited, 'both');
    if (small.kind === 'refused') throw small.error;
    expect(small.attempts.map(({ attempt }) => attempt.provider.name)).toEqual(['one']);
  });
});

test('an account is limited where a limit on money or tokens counts the call', () => {
  const usd = { metric: 'usd', window: month, max: 1 } as const;
  expect(isLimited([usd], 'chat', [{ model: 'plain' }])).toBe(true);
  expect(isLimited([{ metric: 'tokens', window: minute, max: 1 }], 'chat', [{ model: 'plain' }])).toBe(true);
  expect(isLimited([{ metric: 'requests', window: minute, max: 1 }], 'chat', [{ model: 'plain' }])).toBe(false);
  expect(isLimited([{ ...usd, scope: { endpoint: 'embeddings' } }], 'chat', [{ model: 'plain' }])).toBe(false);
  expect(isLimited([{ ...usd, scope: { models: ['bo*'] } }], 'chat', [{ model: 'plain' }])).toBe(false);
  expect(isLimited([{ ...usd, scope: { models: ['bo*'] } }], 'chat', [{ model: 'plain' }, { model: 'both' }])).toBe(
    true,
  );
  expect(isLimited([], 'chat', [{ model: 'plain' }])).toBe(false);
  const boats = [{ ...usd, scope: { models: ['bo*'] } }];
  expect(isLimited(boats, 'chat', [{ model: 'plain', aliases: ['p', 'both-latest'] }])).toBe(true);
  expect(isLimited(boats, 'chat', [{ model: 'plain', unlisted: true }])).toBe(true);
  expect(isLimited([{ ...usd, scope: { endpoint: 'chat' } }], 'responses', [{ model: 'x', unlisted: true }])).toBe(
    false,
  );
});
