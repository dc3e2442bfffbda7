import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Answer, type Json, type TestKey, chat, newKey, send } from '../../support/gateway.ts';
import { completion, failure, replaceFetch, servedBy, servedByOne, usage } from '../../support/gateway-provider.ts';
import { streamed } from '../../support/gateway-stream.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';

/** Goal: a record says all of its call that anybody may want to know later, without a word of what was said in it. */

let key: TestKey;

beforeEach(async () => {
  replaceFetch();
  skipRetryWaits();
  key = await newKey();
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function recordOf(answer: Answer): Promise<Json> {
  return (await send(key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` })).json;
}

describe('the record of a call says', () => {
  test('what its answer says of itself, and what each part of it cost', async () => {
    const fake = await servedByOne();
    const record = await recordOf(await chat(key, { model: 'served' }));
    expect(record).toMatchObject({
      response_id: 'chatcmpl-1',
      response_model: `${fake.name}-model`,
      finish_reason: 'stop',
      cost_usd: '0.00005',
      cost: {
        input_usd: '0.00001',
        cached_input_usd: '0.00',
        cache_write_usd: '0.00',
        output_usd: '0.00004',
        fees_usd: '0.00',
      },
      failed_attempts: [],
      trace: null,
    });
  });

  test('the same of a stream', async () => {
    const fake = await servedByOne();
    fake.says(streamed(usage, 'Hello', ' there'));
    const record = await recordOf(await chat(key, { model: 'served', stream: true }));
    expect(record).toMatchObject({ response_id: 'c-1', response_model: 'm', finish_reason: 'stop' });
    expect(record).toMatchObject({ cost: { input_usd: '0.00001', output_usd: '0.00004' } });
  });

  test('no cost by parts where nobody has reported what was used', async () => {
    const fake = await servedByOne();
    fake.says(completion(null));
    expect(await recordOf(await chat(key, { model: 'served' }))).toMatchObject({ estimated: true, cost: null });
  });

  test('which of its attempts failed, and why', async () => {
    const [first, second] = await servedBy(2, { billsFailures: true });
    first?.says(failure(500));
    const record = await recordOf(await chat(key, { model: 'served' }));
    const failed = {
      provider: first?.name,
      provider_model: `${first?.name}-model`,
      endpoint: 'default',
      end: 'provider_failed',
      code: 'provider_error',
      status: 500,
      cost_usd: expect.stringMatching(/^0\.00\d+$/),
      duration_ms: expect.any(Number),
    };
    expect(record['failed_attempts']).toEqual([failed, failed]);
    expect(record).toMatchObject({ provider: second?.name, attempts: 3, end: 'completed' });
  });

  test('which of them failed where none was answered', async () => {
    const fake = await servedByOne();
    fake.says(failure(401));
    const answer = await chat(key, { model: 'served' });
    expect(answer.status).toBe(502);
    expect(await recordOf(answer)).toMatchObject({
      end: 'provider_refused',
      failed_attempts: [{ provider: fake.name, end: 'provider_refused', status: 401, cost_usd: '0.00' }],
    });
  });

  test('what a failure cost by parts, where its provider has said what it used', async () => {
    const fake = await servedByOne();
    fake.says(() => Response.json({ error: { message: 'Sorry.' }, usage }, { status: 400 }));
    const answer = await chat(key, { model: 'served' });
    expect(answer.status).toBe(400);
    expect(await recordOf(answer)).toMatchObject({
      estimated: false,
      cost_usd: '0.00005',
      cost: { input_usd: '0.00001', output_usd: '0.00004' },
    });
  });

  test('whom its key belonged to when it was made', async () => {
    const answer = await chat(key);
    expect(await recordOf(answer)).toMatchObject({ owners: [expect.stringMatching(/^u_/)] });
  });
});

describe('the trace of a request', () => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test.each([
    [trace, trace],
    [`  ${trace} `, trace],
    [`01${trace.slice(2)}-more`, `01${trace.slice(2)}`],
    [`${trace}-more`, null],
    [`ff${trace.slice(2)}`, null],
    ['00-00000000000000000000000000000000-b7ad6b7169203331-01', null],
    ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', null],
    [trace.toUpperCase(), null],
    ['nonsense', null],
  ])('%s is in its record as %s', async (traceparent, recorded) => {
    expect(await recordOf(await chat(key, {}, { headers: { traceparent } }))).toMatchObject({ trace: recorded });
  });
});
