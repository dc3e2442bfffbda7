import { expect, test } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound.ts';
import { limited } from '../../support/bound.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { readResponsesCall } from '../../../src/openai/responses-request.ts';

const sizes = { contextTokens: 1000, maxOutputTokens: 100, input: ['text', 'image', 'audio'] };
const targets = [{ provider: 'server', model: 'm' }];
const catalog = testCatalog({
  providers: { server: { kind: 'openai', baseUrl: 'https://server.example/v1', protocols: ['responses'] } },
  models: {
    hearing: { ...sizes, targets, price: { input: '1', output: '2', audioInput: '40' } },
    'by-image': {
      ...sizes,
      targets: [{ provider: 'server', model: 'n' }],
      price: { input: '1', output: '2', image: '1' },
    },
  },
});

function bounding(model: string, body: object) {
  const text = JSON.stringify({ model, input: 'Hi', max_output_tokens: 16, ...body });
  return boundAttempts(readResponsesCall(new TextEncoder().encode(text)), candidates(catalog, model), limited);
}

const nanoUsdOf = (body: object) => {
  const result = bounding('hearing', body);
  if (result.kind === 'refused') throw result.error;
  return result.attempts[0].bound.fixedNanoUsd;
};

test.each([[{ previous_response_id: 'resp_1' }], [{ conversation: 'conv_1' }]])(
  'what the server remembers, as by %j, may be sound: its whole context is held at the dearest that the model takes',
  (reference) => {
    expect(nanoUsdOf(reference)).toBe(1000 * 40_000);
    expect(nanoUsdOf({})).toBeLessThan(1000 * 1000);
  },
);

test.each(['previous_response_id', 'conversation'])(
  'what the server remembers, as by %s, is refused where each image in it has a fee',
  (field) => {
    expect(bounding('by-image', { [field]: 'id_1' })).toMatchObject({
      kind: 'refused',
      error: { code: 'unbounded_cost', options: { param: field } },
    });
    expect(bounding('by-image', {}).kind).toBe('bounded');
  },
);
