import { expect, test } from 'vitest';
import { candidates, chatCall, hello, testCatalog } from '../../support/chat.ts';
import { sentBody } from '../../support/sent-body.ts';

const sizes = { contextTokens: 10_000, maxOutputTokens: 4000 };
const price = { input: '0.25', output: '1.5', cachedInput: '0.1' };
const catalog = testCatalog({
  providers: { router: { kind: 'openai', baseUrl: 'https://router.example/v1' } },
  models: {
    capped: { ...sizes, price, targets: [{ provider: 'router', model: 'maker/capped', capsPrice: true }] },
    preferring: {
      ...sizes,
      price,
      params: { provider: { only: ['host'] } },
      targets: [{ provider: 'router', model: 'maker/preferring', capsPrice: true }],
    },
    open: { ...sizes, price, targets: [{ provider: 'router', model: 'maker/open' }] },
  },
});

function providerSent(model: string, body: object = {}): unknown {
  const [to] = candidates(catalog, model);
  if (to === undefined) throw new Error(`nothing serves ${model}`);
  const sent = sentBody(chatCall({ model, messages: hello, ...body }), to);
  return (JSON.parse(new TextDecoder().decode(sent)) as { provider?: unknown }).provider;
}

const ours = { prompt: 0.25, completion: 1.5, request: 0, image: 0 };

test('a target that caps its price is told the most that it may charge', () => {
  expect(providerSent('capped')).toEqual({ max_price: ours });
});

test('any other is told nothing', () => {
  expect(providerSent('open')).toBeUndefined();
});

test('what the client prefers stays, but for a cap above the price', () => {
  const max_price = { prompt: 5, completion: '0.5', audio: 1 };
  expect(providerSent('capped', { provider: { order: ['a'], max_price } })).toEqual({
    order: ['a'],
    max_price: { ...ours, completion: 0.5 },
  });
});

test.each([[{ prompt: 'much' }], [{ prompt: -1 }], [{ prompt: '' }], [{ prompt: null }], ['none']])(
  'a cap that is none, %j, is replaced',
  (max_price) => {
    expect(providerSent('capped', { provider: { max_price } })).toEqual({ max_price: ours });
  },
);

test('what the catalog prefers for the model stays too', () => {
  expect(providerSent('preferring')).toEqual({ only: ['host'], max_price: ours });
});
