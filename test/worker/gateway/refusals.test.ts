import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bodyBytesMax, bodyDepthMax, bodyNodesMax, choicesMax, messagesMax, toolsMax } from '../../../src/limits.ts';
import type { Policy } from '../../../src/core/account/policy.ts';
import { type Json, chat, errorOf, hello, newKey, send, standing } from '../../support/gateway.ts';
import { FakeProvider, model, putCatalog, replaceFetch } from '../../support/gateway-provider.ts';

const chatPath = { method: 'POST', path: '/v1/chat/completions' };
const usd: Policy = { limits: [{ metric: 'usd', per: 'total', max: '5' }] };
const ok = '"model":"echo","messages":[{"role":"user","content":"Hi"}]';

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

describe('a body that can not be understood is refused with what to correct', () => {
  test.each([
    ['', 'The body is not valid JSON', null],
    ['{', 'The body is not valid JSON', null],
    ['[]', 'The body must be a JSON object', null],
    ['null', 'The body must be a JSON object', null],
    ['"text"', 'The body must be a JSON object', null],
    [`{${ok},"stream":1}`, 'must be true or false', 'stream'],
    [`{${ok},"n":0}`, 'at least 1', 'n'],
    [`{${ok},"n":1,"n":2}`, "the field 'n' twice", 'n'],
    ['{"model":"echo"}', 'is required', 'messages'],
    ['{"model":"echo","messages":[]}', 'at least one message', 'messages'],
    ['{"model":"echo","messages":[{"role":"wizard","content":""}]}', 'must be one of', 'messages[0].role'],
    ['{"model":3,"messages":[{"role":"user","content":"Hi"}]}', 'must be a string', 'model'],
  ])('%j', async (body, message, param) => {
    const { key } = await newKey();
    const answer = await send(key, { ...chatPath, body });
    expect(errorOf(answer)).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      code: 'invalid_request',
      param,
      message: expect.stringContaining(message),
      request_id: answer.headers.get('x-request-id'),
    });
  });

  test('bytes that are no UTF-8, and a body that is compressed', async () => {
    const { key } = await newKey();
    const broken = await send(key, { ...chatPath, body: new Uint8Array([0x7b, 0xff, 0x7d]) });
    expect(errorOf(broken)).toMatchObject({ status: 400, message: 'The body is not valid UTF-8.' });
    const packed = await send(key, { ...chatPath, body: '{}', headers: { 'content-encoding': 'gzip' } });
    expect(errorOf(packed)).toMatchObject({ status: 400, message: expect.stringContaining('compressed') });
  });
});

describe('a body is taken at its bound and refused one over it', () => {
  const padded = (bytes: number): Uint8Array => {
    const body = new Uint8Array(bytes).fill(0x20);
    body.set(new TextEncoder().encode(`{${ok}}`));
    return body;
  };

  test.each(['announced', 'streamed'] as const)('32 MiB, with its length %s', async (how) => {
    const { key } = await newKey();
    const body = (bytes: number): Uint8Array | ReadableStream =>
      how === 'announced' ? padded(bytes) : new Blob([padded(bytes)]).stream().pipeThrough(new TransformStream());
    expect(await send(key, { ...chatPath, body: body(bodyBytesMax) })).toMatchObject({ status: 200 });
    const over = await send(key, { ...chatPath, body: body(bodyBytesMax + 1) });
    expect(errorOf(over)).toMatchObject({ status: 413, code: 'request_too_large' });
  });

  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const many = (count: number, item: string): string => Array(count).fill(item).join(',');
  const message = '{"role":"user","content":"x"}';
  const tool = '{"type":"function"}';

  test.each([
    ['levels', bodyDepthMax, (count: number) => `{${ok},"x":${nested(count - 1)}}`, 400],
    // Seven are what the list stands in, and the list itself.
    ['values', bodyNodesMax, (count: number) => `{${ok},"x":[${many(count - 7, '1')}]}`, 413],
    ['messages', messagesMax, (count: number) => `{"model":"echo","messages":[${many(count, message)}]}`, 400],
    ['tools', toolsMax, (count: number) => `{${ok},"tools":[${many(count, tool)}]}`, 400],
    ['choices', choicesMax, (count: number) => `{${ok},"n":${count}}`, 400],
  ])('%s', async (_what, most, body, status) => {
    const { key } = await newKey();
    expect(await send(key, { ...chatPath, body: body(most) })).toMatchObject({ status: 200 });
    expect(await send(key, { ...chatPath, body: body(most + 1) })).toMatchObject({ status });
  });
});

describe('a model that can not be used is refused, and nothing is held', () => {
  const refusedWith = async (policy: Policy, body: Json, headers = {}): Promise<Json> => {
    const fake = new FakeProvider();
    await putCatalog(
      { priced: model(fake), unpriced: { ...model(fake), price: undefined } },
      { [fake.name]: fake.entry() },
      { plans: { basic: { limits: [] } } },
    );
    const key = await newKey({ ...usd, ...policy });
    const answer = await chat(key, body, { ...chatPath, body: { messages: hello, ...body }, headers });
    expect(fake.arrivals).toBe(0);
    expect(await standing(key)).toEqual({ posted: 0, held: 0 });
    return errorOf(answer);
  };

  test('none named, and the account has no default', async () => {
    const error = await refusedWith({}, {});
    expect(error).toMatchObject({ status: 400, code: 'invalid_request', param: 'model' });
  });

  test('unknown, with names that are like it', async () => {
    const error = await refusedWith({}, { model: 'price' });
    const message = expect.stringContaining("Did you mean 'priced'");
    expect(error).toMatchObject({
      status: 404,
      type: 'not_found_error',
      code: 'model_not_found',
      param: 'model',
      message,
    });
  });

  test('not on the list of the account, by whatever name it is asked for', async () => {
    const models = { deny: ['priced'] };
    expect(await refusedWith({ models }, { model: 'priced' })).toMatchObject({
      status: 400,
      code: 'model_not_allowed',
    });
    expect(await refusedWith({ models: { allow: ['e*'] } }, { model: 'priced' })).toMatchObject({
      code: 'model_not_allowed',
    });
  });

  test('without a price, where spending is limited', async () => {
    const error = await refusedWith({}, { model: 'unpriced' });
    expect(error).toMatchObject({ status: 400, code: 'unbounded_cost', param: 'model' });
  });

  test.each([
    ['web_search_options', { web_search_options: {} }],
    ['quantum', { quantum: true }],
    ['tools[0].type', { tools: [{ type: 'web_browser' }] }],
  ])('with %s, whose cost nobody can bound', async (param, body) => {
    expect(await refusedWith({}, { model: 'priced', ...body })).toMatchObject({
      status: 400,
      code: 'unbounded_cost',
      param,
    });
  });

  test('at a provider that does not serve it, or does not exist', async () => {
    const elsewhere = await refusedWith({}, { model: 'priced' }, { 'x-gateway-provider': 'echo' });
    expect(elsewhere).toMatchObject({ status: 400, code: 'invalid_request', param: 'x-gateway-provider' });
    const nowhere = await refusedWith({}, { model: 'priced' }, { 'x-gateway-provider': 'nobody' });
    expect(nowhere).toMatchObject({ status: 400, code: 'invalid_request', param: 'x-gateway-provider' });
  });

  test('with an image, which it does not take', async () => {
    const messages = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }];
    expect(await refusedWith({}, { model: 'priced', messages })).toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'messages[0].content[0].type',
      message: expect.stringContaining("'priced' takes no images"),
    });
  });

  test('under a plan that the catalog does not have', async () => {
    const error = await refusedWith({ plan: 'gone' }, { model: 'priced' });
    expect(error).toMatchObject({
      status: 500,
      code: 'configuration_error',
      message: expect.stringContaining("'gone'"),
    });
  });

  test('without a price it may be used where nothing is limited, and costs nothing', async () => {
    const fake = new FakeProvider();
    await putCatalog({ free: { ...model(fake), price: undefined } }, { [fake.name]: fake.entry() });
    const answer = await chat(await newKey(), { model: 'free', quantum: true });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('x-gateway-cost-usd')).toBe('0.00');
  });
});
