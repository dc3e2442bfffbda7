import { expect, test } from 'vitest';
import { executeKeptResponse, executeResolve } from '../../../src/core/account/resolve.ts';
import { flushReadBytesMax, keptResponseBytesMax } from '../../../src/core/account/response-limits.ts';
import { keptAnswerBytesMax } from '../../../src/limits.ts';
import { executeRecall, executeSettle } from '../../../src/core/account/execute.ts';
import { admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { sizedResponse } from '../../support/kept-response.ts';
import { noon } from '../../support/ledger.ts';
import { RespondingAccount } from '../../support/responding-account.ts';

/** Goal: what one flush reads to answer with is bounded, and what is left by it is answered by the next. */

const count = flushReadBytesMax / keptResponseBytesMax;

/** Has responses read that are so large together, in one flush, and something after them. Answers how many are left. */
async function leftAfter(bytes: number, isResolved: boolean): Promise<number> {
  const asked = new RespondingAccount();
  const last = sizedResponse(count, bytes - (count - 1) * keptResponseBytesMax);
  const others = Array.from({ length: count - 1 }, (_, index) => sizedResponse(index + 1, keptResponseBytesMax));
  await asked.keep(...others, last);
  const { engine } = asked;
  const ask = async (id: string): Promise<object> =>
    engine.submit((row) =>
      isResolved
        ? executeResolve(engine.state, { secretHash, name: 'asking', itemIds: [], responseId: id }, row)
        : executeKeptResponse(engine.state, { secretHash, id }, row),
    );
  const replies = [...others, last, last].map(({ id }) => ask(id));
  engine.flush(noon);
  const left = engine.queued;
  engine.flush(noon);
  const read = isResolved ? { turns: [{ provider: 'openai' }] } : { response: { provider: 'openai' } };
  for (const reply of await Promise.all(replies)) expect(reply).toMatchObject(read);
  return left;
}

test.each([true, false])(
  'a flush reads so many bytes of responses and leaves the rest (resolved: %s)',
  async (isResolved) => {
    expect(await leftAfter(flushReadBytesMax, isResolved)).toBe(1);
    expect(await leftAfter(flushReadBytesMax - 1, isResolved)).toBe(0);
  },
);

test('a flush reads so many bytes of answers that are given again, and leaves the rest', async () => {
  const { engine } = new RespondingAccount();
  const idempotency = { key: 'order-7', bodyHash: 'one' };
  const admitted = engine.admit({ ...admitRequest('first'), idempotency });
  engine.flush(noon);
  const grant = await admitted;
  if (grant.kind !== 'granted') throw new Error('not granted');
  const answer = { status: 200, contentType: 'text/plain', body: new Uint8Array(keptAnswerBytesMax) };
  void engine.submit((row) => executeSettle(engine.state, { ...settleRequest(grant.holdId, 30), answer }, row));
  engine.flush(noon);
  const enough = Math.ceil(flushReadBytesMax / keptAnswerBytesMax);
  const replies = Array.from({ length: enough + 1 }, () =>
    engine.submit((row) =>
      executeRecall(engine.state, { secretHash, name: 'second', endpoint: 'chat', idempotency }, row),
    ),
  );
  engine.flush(noon);
  expect(engine.queued).toBe(1);
  engine.flush(noon);
  for (const reply of await Promise.all(replies)) expect(reply).toMatchObject({ kind: 'replay' });
});
