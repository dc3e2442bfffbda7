import { describe, expect, test } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { boundOf as bound, boundRefusal as refusal, bounding, limited, unlimited } from '../../support/bound.ts';
import { candidates, catalog, chatCall, hello } from '../../support/chat.ts';

describe('prices', () => {
  test('a model without one is refused; one whose price is "0" is not', () => {
    expect(refusal({}, limited, 'unpriced')).toMatchObject({ code: 'unbounded_cost', options: { param: 'model' } });
    expect(bound({}, limited, 'free')).toMatchObject({ fixedNanoUsd: 0, picoUsdPerCapToken: 0 });
  });

  test('the dearest that could apply is taken: of caching, of long prompts, of the tiers that a provider may choose', () => {
    const short = bound({ service_tier: 'default' }, limited, 'stepped');
    expect(short.fixedNanoUsd).toBe(short.fixedTokens * 1250);
    expect(short.picoUsdPerCapToken).toBe(2_000_000);
    const long = bound(
      { service_tier: 'default', messages: [{ role: 'user', content: 'x'.repeat(3000) }] },
      limited,
      'stepped',
    );
    expect(long.fixedNanoUsd).toBe(long.fixedTokens * 2500);
    expect(bound({}, limited, 'stepped').picoUsdPerCapToken).toBe(8_000_000);
    expect(bound({ service_tier: 'flex' }, limited, 'stepped').picoUsdPerCapToken).toBe(2_000_000);
    expect(bound({ service_tier: 'fast' }, limited, 'stepped').picoUsdPerCapToken).toBe(8_000_000);
  });

  test('a service tier without a price is refused', () => {
    expect(refusal({ service_tier: 'priority' })).toMatchObject({
      code: 'unbounded_cost',
      options: { param: 'service_tier' },
    });
    expect(refusal({ service_tier: 'scale' }, limited, 'stepped')).toMatchObject({ code: 'unbounded_cost' });
    for (const service_tier of ['auto', 'default', null]) expect(bounding({ service_tier }).kind).toBe('bounded');
  });

  test('sound is refused where it has no price of its own', () => {
    expect(refusal({ modalities: ['text', 'audio'] })).toMatchObject({
      code: 'unbounded_cost',
      options: { param: 'modalities' },
    });
    expect(bound({ modalities: ['text', 'audio'] }, limited, 'hearing').picoUsdPerCapToken).toBe(80_000_000);
    expect(bound({ modalities: ['text'] }, limited, 'hearing').picoUsdPerCapToken).toBe(2_000_000);
  });
});

describe('what is not known', () => {
  test.each(['web_search_options', 'prediction', 'moderation', 'top_k_', 'plugins'])(
    '%s is refused by name',
    (name) => {
      const refused = refusal({ [name]: {} });
      expect(refused).toMatchObject({ code: 'unbounded_cost', options: { param: name } });
      expect(refused.message).toContain(`'${name}'`);
    },
  );

  test('is let through where it is null and known, or the provider is known not to charge for it', () => {
    expect(bounding({ web_search_options: null, prediction: null }).kind).toBe('bounded');
    expect(bounding({ best_of: 5 }).kind).toBe('bounded');
    expect(refusal({ best_of: 5 }, limited, 'small').code).toBe('unbounded_cost');
  });

  test('is refused inside a message, a content part and a tool as well', () => {
    expect(refusal({ messages: [...hello, { role: 'assistant', content: 'a', audio: { id: 'x' } }] })).toMatchObject({
      code: 'unbounded_cost',
      options: { param: 'messages[1].audio' },
    });
    expect(bounding({ messages: [{ role: 'assistant', content: 'a', audio: null }] }).kind).toBe('bounded');
    expect(bounding({ messages: [{ role: 'user', content: 'a', weight: 1 }] }).kind).toBe('bounded');
    expect(refusal({ messages: [{ role: 'user', content: [{ type: 'mystery' }] }] })).toMatchObject({
      options: { param: 'messages[0].content[0].type' },
    });
    expect(refusal({ tools: [{ type: 'function' }, { type: 'web_browser' }] })).toMatchObject({
      code: 'unbounded_cost',
      options: { param: 'tools[1].type' },
    });
    expect(bounding({ tools: [{ type: 'custom', custom: { name: 'f' } }] }).kind).toBe('bounded');
  });

  test('is refused of the catalog too', () => {
    expect(refusal({}, limited, 'odd')).toMatchObject({ code: 'unbounded_cost', options: { param: 'mystery' } });
  });

  test('a second field of one name can not hide what the first one asks for', () => {
    const text =
      '{"model":"plain","messages":[{"role":"user","content":[{"type":"image_url","type":"text","text":"a"}]}]}';
    const result = boundAttempts(chatCall(text), candidates(catalog, 'plain'), limited);
    expect(result).toMatchObject({ kind: 'refused', error: { code: 'invalid_request' } });
    expect(boundAttempts(chatCall(text), candidates(catalog, 'plain'), unlimited).kind).toBe('bounded');
  });
});
