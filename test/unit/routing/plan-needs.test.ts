import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { measurePrompt } from '../../../src/protocols/chat/prompt.ts';
import { type Needs, needsOf } from '../../../src/core/routing/needs.ts';
import { chatCall } from '../../support/chat.ts';
import { modelsOf, noNeeds, planned, refusal } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

const sizes = { contextTokens: 10_000, maxOutputTokens: 4000 };
const of = routesCatalog(
  {
    safe: { strategy: 'fallback', models: ['small', 'seeing', 'wide'] },
    auto: { strategy: 'complexity', simple: 'small', medium: 'small', complex: 'wide' },
  },
  { counted: { ...sizes, tokenizer: 'o200k', targets: [{ provider: 'many', model: 'counted' }] } },
);

const needing = (needs: Partial<Needs>): Needs => ({ ...noNeeds, ...needs });
const image = needing({ media: new Map([['image', { count: 1, param: 'messages[0].content[1].type' }]]) });
/** So many words, of which little more is known than that. */
const words = (count: number): Needs =>
  needing({ input: { tokensMost: Infinity, tokensAbout: 0, words: () => count } });

describe('a model without what a request needs', () => {
  test('is skipped, with the reason', () => {
    const { attempts, skips } = planned(of, { model: 'safe', needs: image });
    expect(attempts.map(({ candidate }) => candidate.modelName)).toEqual(['seeing']);
    expect(skips).toEqual(
      ['small', 'wide'].map((modelName) => ({
        modelName,
        provider: `at-${modelName}`,
        endpointName: undefined,
        reason: { kind: 'need-unmet', need: { kind: 'media', media: 'image', param: 'messages[0].content[1].type' } },
      })),
    );
    expect(modelsOf(planned(of, { model: 'safe', needs: needing({ tools: 'tools' }) }))).toEqual(['seeing']);
  });

  test('is named with what it lacks, and the field that asks for it, where there is no other', () => {
    const noImages = refusal(of, { model: 'small', needs: image });
    expect(noImages).toMatchObject({
      code: 'unsupported_parameter',
      status: 400,
      options: { param: 'messages[0].content[1].type' },
    });
    expect(noImages.message).toBe(
      "'small' takes no images. Leave 'messages[0].content[1]' out, or use a model that takes it.",
    );
    const noSchema = refusal(of, { model: 'safe', needs: needing({ structuredOutput: 'text.format' }) });
    expect(noSchema).toMatchObject({ code: 'unsupported_parameter', options: { param: 'text.format' } });
    expect(noSchema.message).toContain("'small' can't be held to a JSON schema; 'seeing' can't");
    expect(refusal(of, { model: 'small', needs: needing({ tools: 'tools' }) })).toMatchObject({
      code: 'unsupported_parameter',
      options: { param: 'tools' },
      message: "'small' has no tools. Leave 'tools' out, or use a model that has tools.",
    });
  });

  test('may be any where the catalog does not list it: the provider has to say', () => {
    expect(modelsOf(planned(of, { model: 'many/unlisted', needs: image }))).toEqual(['many/unlisted']);
    expect(refusal(of, { model: 'at-small/small', needs: image }).code).toBe('unsupported_parameter');
  });

  test('is not blamed where it may not be used anyway, nor for being off', () => {
    const by = { policy: { models: { deny: ['small'] } }, test: false };
    expect(refusal(of, { model: 'small', needs: image }, {}, by).code).toBe('model_not_allowed');
    expect(refusal(of, { model: 'small', needs: image }, { off: ['at-small'] }).code).toBe('unsupported_parameter');
  });
});

describe('the context', () => {
  test('is too small for certain if even a token for each word is more than it holds', () => {
    expect(modelsOf(planned(of, { model: 'counted', needs: words(10_000) }))).toEqual(['counted']);
    const refused = refusal(of, { model: 'counted', needs: words(10_001) });
    expect(refused).toMatchObject({ code: 'context_length_exceeded', status: 400 });
    expect(refused.message).toContain("'counted' has a context of 10000 tokens, and the input is at least 10001");
  });

  test('is not too small for certain of a token for every two lines, of signs that make no words', () => {
    const content = '//\n'.repeat(19_900);
    const tokens = countTokens(content);
    expect(tokens).toBeLessThan(10_000);
    const call = chatCall({ messages: [{ role: 'user', content }] });
    const needs = needsOf(call, measurePrompt(call));
    expect(modelsOf(planned(of, { model: 'counted', needs }))).toEqual(['counted']);
  });

  test('is never too small for certain where the tokenizer is not known', () => {
    expect(modelsOf(planned(of, { model: 'small', needs: words(1_000_000) }))).toEqual(['small']);
  });

  test('is not counted into while the bytes alone fit', () => {
    const counting = (): number => {
      throw new Error('it was counted');
    };
    const fits = needing({ input: { tokensMost: 10_000, tokensAbout: 0, words: counting } });
    expect(modelsOf(planned(of, { model: 'counted', needs: fits }))).toEqual(['counted']);
    const over = needing({ input: { tokensMost: 10_001, tokensAbout: 0, words: counting } });
    expect(() => planned(of, { model: 'counted', needs: over })).toThrow('it was counted');
    expect(modelsOf(planned(of, { model: 'small', needs: over }))).toEqual(['small']);
  });

  test('that is too small by an estimate is a reason to prefer another model, and none to refuse', () => {
    const about = needing({ input: { tokensMost: Infinity, tokensAbout: 9500, words: () => 0 }, outputTokens: 1000 });
    expect(modelsOf(planned(of, { model: 'safe', needs: about }))).toEqual(['wide', 'small', 'seeing']);
    expect(modelsOf(planned(of, { model: 'small', needs: about }))).toEqual(['small']);
    const plan = planned(of, { model: 'auto', needs: about });
    expect(modelsOf(plan)).toEqual(['wide', 'small']);
    expect(plan.route).toMatchObject({ arm: 'medium', reason: "nothing; small doesn't suit it" });
  });

  test('is not the only bound: a cap above what a model can say at all is another reason to prefer another', () => {
    expect(modelsOf(planned(of, { model: 'safe', needs: needing({ outputTokens: 4000 }) }))[0]).toBe('small');
    expect(modelsOf(planned(of, { model: 'safe', needs: needing({ outputTokens: 4001 }) }))).toEqual([
      'small',
      'seeing',
      'wide',
    ]);
  });
});

describe('an endpoint', () => {
  test('is served by the models that are made for it, and the others say for which they are', () => {
    expect(modelsOf(planned(of, { model: 'vectors', endpoint: 'embeddings' }))).toEqual(['vectors']);
    const refused = refusal(of, { model: 'vectors', endpoint: 'messages' });
    expect(refused).toMatchObject({ code: 'invalid_request', options: { param: 'model' } });
    expect(refused.message).toBe("'vectors' can't be used at /v1/messages. It is made for /v1/embeddings.");
    expect(refusal(of, { model: 'safe', endpoint: 'embeddings' }).message).toContain('/v1/chat/completions');
  });

  test('decides in which protocol a target is asked', () => {
    const protocols = (endpoint: 'chat' | 'messages' | 'responses'): string[] =>
      planned(of, { model: 'small', endpoint }).attempts.map(({ protocol }) => protocol);
    expect(protocols('chat')).toEqual(['chat']);
    expect(protocols('messages')).toEqual(['chat']);
  });
});
