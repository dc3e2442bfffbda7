import { describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import type { Catalog } from '../../../src/catalog/schema.ts';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { type AnyCall, protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { fallbackModelsMax, requestedModelCharsMax } from '../../../src/limits.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { limited, unlimited } from '../../support/bound.ts';
import { candidates, document, hello, testCatalog } from '../../support/chat.ts';

/** The list of models to fall back on, in the body of a call. */

const generating = ['chat', 'responses', 'messages'] as const;

function callOf(protocol: ProtocolName, fields: object): AnyCall {
  const prompt = protocol === 'responses' ? { input: 'Hello' } : { messages: hello };
  const body = { model: 'x', ...prompt, ...(protocol === 'messages' ? { max_tokens: 20 } : {}), ...fields };
  return protocols[protocol].read(new TextEncoder().encode(JSON.stringify(body)));
}

function faultOf(read: () => unknown): { readonly code: string; readonly param: string | undefined } {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { code: thrown.code, param: thrown.options.param };
  }
  throw new Error('it was read');
}

function boundOf(protocol: ProtocolName, model: string, fields: object, options = limited, catalog = bundledCatalog()) {
  const bounding = boundAttempts(callOf(protocol, fields), targetsOf(catalog, model), options);
  if (bounding.kind === 'refused') throw bounding.error;
  return bounding.attempts[0];
}

const targetsOf = (catalog: Catalog, model: string): readonly Bindable[] => candidates(catalog, model).slice(0, 1);

function sent(...of: Parameters<typeof boundOf>) {
  const planned = boundOf(...of);
  const body = JSON.parse(new TextDecoder().decode(prepareBody(planned, planned.attempt, undefined))) as object;
  return { body, dropped: planned.dropped };
}

describe.each(generating)('a list of models in a call of %s', (protocol) => {
  test('is read, and nothing is none', () => {
    expect(callOf(protocol, { models: ['a', 'b'] }).models).toEqual(['a', 'b']);
    for (const models of [undefined, null, []]) expect(callOf(protocol, { models }).models).toEqual([]);
    expect(callOf(protocol, { model: undefined, models: ['a'] })).toMatchObject({ model: undefined, models: ['a'] });
  });

  test(`holds at most ${fallbackModelsMax} names, none of them empty or longer than that of a model`, () => {
    const names = Array.from({ length: fallbackModelsMax }, (_, index) => `model-${index}`);
    expect(callOf(protocol, { models: names }).models).toEqual(names);
    const invalid = (models: unknown) => faultOf(() => callOf(protocol, { models }));
    expect(invalid([...names, 'one more'])).toEqual({ code: 'invalid_request', param: 'models' });
    const longest = 'm'.repeat(requestedModelCharsMax);
    expect(callOf(protocol, { models: [longest] }).models).toEqual([longest]);
    for (const name of [`${longest}m`, '', 5]) {
      expect(invalid(['a', name])).toEqual({ code: 'invalid_request', param: 'models[1]' });
    }
    expect(invalid('a')).toEqual({ code: 'invalid_request', param: 'models' });
  });

  test.each(['gpt-5-mini', 'claude-haiku-4-5', 'openrouter/openai/gpt-4.1', 'deepseek-v4-flash', 'echo'])(
    'is sent to nobody (%s), since the gateway does the falling back: and nothing is said to be left out',
    (model) => {
      for (const options of [limited, unlimited]) {
        const { body, dropped } = sent(protocol, model, { models: ['a', 'b'], route: 'fallback' }, options);
        expect(body).not.toHaveProperty('models');
        if (protocol === 'chat') expect(body).not.toHaveProperty('route');
        expect(dropped).toEqual([]);
      }
    },
  );

  test('is not in the bound', () => {
    const fixed = (fields: object): number => boundOf(protocol, 'gpt-5-mini', fields).bound.fixedTokens;
    expect(fixed({ models: ['a-rather-long-name'] })).toBe(fixed({}));
  });
});

test('a catalog that adds a list has a limited account refused: what its provider falls back on may cost anything', () => {
  const tuned = { ...document.models.plain, aliases: [], params: { models: ['dear'] } };
  const catalog = testCatalog({ ...document, models: { ...document.models, tuned } });
  expect(faultOf(() => boundOf('chat', 'tuned', {}, limited, catalog))).toEqual({
    code: 'unbounded_cost',
    param: 'models',
  });
  expect(sent('chat', 'tuned', {}, unlimited, catalog).body).toMatchObject({ models: ['dear'] });
  expect(sent('chat', 'tuned', { models: ['a'] }, unlimited, catalog).body).not.toHaveProperty('models');
});

test('of embeddings a list is not known, since numbers of two models can not be compared', () => {
  const call = protocols.embeddings.read(new TextEncoder().encode('{"model":"x","input":"a","models":["b"]}'));
  expect(call.models).toEqual([]);
  const bounding = boundAttempts(call, targetsOf(bundledCatalog(), 'text-embedding-3-small'), limited);
  expect(bounding).toMatchObject({ kind: 'refused', error: { code: 'unbounded_cost', options: { param: 'models' } } });
});
