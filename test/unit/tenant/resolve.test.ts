import { describe, expect, test } from 'vitest';
import type { KeptResponse } from '../../../src/core/account/kept-response.ts';
import type { ResolveReply } from '../../../src/core/account/protocol.ts';
import { executeForgetResponse, executeKeptResponse, executeKeptTurns } from '../../../src/core/account/resolve.ts';
import { executeSettle } from '../../../src/core/account/execute.ts';
import {
  newestLookedThrough,
  keptResponseBytesMax,
  resolvedBytesMax,
} from '../../../src/core/account/response-limits.ts';
import { admitRequest, secretHash, settleRequest } from '../../support/account.ts';
import { baseOf, keptResponse, responseId, sizedResponse, turnOf } from '../../support/kept-response.ts';
import { noon } from '../../support/ledger.ts';
import { RespondingAccount } from '../../support/responding-account.ts';

/** Goal: a call is answered all that it builds on, or what of it is not there, and a client reads and forgets its own. */

/** Three turns of one conversation. */
const first = keptResponse(1);
const second = keptResponse(2, { baseId: first.id });
const third = keptResponse(3, { baseId: second.id });
const item = (number: number, place: string): string => `msg_${baseOf(number)}_${place}`;

function resolved(responses: readonly KeptResponse[], missing: readonly string[] = []): ResolveReply {
  return { kind: 'resolved', turns: responses.map(turnOf), missing };
}

describe('what a call builds on', () => {
  test('is the whole conversation, its beginning first, and is written nowhere', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, second, third);
    const seq = asked.disk.lastSeq();
    expect(await asked.resolve({ responseId: third.id })).toEqual(resolved([first, second, third]));
    expect(await asked.resolve({ responseId: second.id })).toEqual(resolved([first, second]));
    expect(asked.disk.lastSeq()).toBe(seq);
  });

  test('is seen though it was settled in the same flush', async () => {
    const asked = new RespondingAccount();
    const holdId = await asked.hold();
    const { state } = asked.engine;
    void asked.engine.submit((row) => executeSettle(state, { ...settleRequest(holdId, 30), response: first }, row));
    expect(await asked.resolve({ responseId: first.id })).toEqual(resolved([first]));
  });

  test('is each response once, after the one that it builds on, whatever is referred to', async () => {
    const asked = new RespondingAccount();
    const branch = keptResponse(4, { baseId: first.id });
    const other = keptResponse(5);
    await asked.keep(first, second, third, branch, other);
    const itemIds = [item(5, '0'), item(1, '0'), item(4, '0'), item(4, '0'), item(3, '0')];
    const reply = await asked.resolve({ responseId: second.id, itemIds });
    expect(reply).toMatchObject({ kind: 'resolved', missing: [] });
    const { turns } = reply as Extract<ResolveReply, { kind: 'resolved' }>;
    const inOrder = turns.toSorted((one, two) => (one.id < two.id ? -1 : 1));
    expect(inOrder).toEqual([first, second, third, branch, other].map(turnOf));
    expect(turns.slice(0, 2)).toEqual([first, second].map(turnOf));
  });

  test('may be single items, for which nothing is needed that was said before or after them', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, second, third);
    expect(await asked.resolve({ itemIds: [item(2, '0')] })).toEqual(resolved([second]));
    const both = await asked.resolve({ responseId: second.id, itemIds: [item(1, 'in0'), item(3, 'in0')] });
    expect(both).toEqual(resolved([first, second, third]));
    expect(await asked.resolve({ itemIds: [item(3, '0')], hintId: item(3, '0') })).toEqual(
      resolved([first, second, third]),
    );
    await asked.forget(first.id);
    expect(await asked.resolve({ itemIds: [item(3, '0'), item(2, 'in0')] })).toEqual(resolved([third, second]));
    expect(await asked.resolve({ itemIds: [item(3, '0')], hintId: item(3, '0') })).toEqual(resolved([third]));
  });

  test('is missing where it is not kept, or not whole any more, in the order in which it was referred to', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, second, third, keptResponse(4, { itemIds: ['item-of-others'] }));
    await asked.forget(first.id);
    const itemIds = [item(2, '0'), 'item-of-nobody', 'item-of-others', item(9, '0')];
    expect(await asked.resolve({ responseId: third.id, itemIds })).toEqual(
      resolved([second, keptResponse(4, { itemIds: ['item-of-others'] })], [third.id, 'item-of-nobody', item(9, '0')]),
    );
  });

  test('may be items, by the names that Weir gave them: of what was put in, or of what came out', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, second);
    expect(await asked.resolve({ itemIds: [item(2, 'in0')] })).toEqual(resolved([second]));
    expect(await asked.resolve({ itemIds: [item(1, '0')] })).toEqual(resolved([first]));
    expect(await asked.resolve({ itemIds: [item(1, '1')] })).toEqual(resolved([], [item(1, '1')]));
    expect(await asked.resolve({ itemIds: [item(8, 'in0')] })).toEqual(resolved([], [item(8, 'in0')]));
  });

  test('may be items that others have named, also by names such as Weir gives', async () => {
    const asked = new RespondingAccount();
    const named = keptResponse(1, { itemIds: ['rs_68f0', item(7, '0')] });
    await asked.keep(named);
    expect(await asked.resolve({ itemIds: ['rs_68f0'] })).toEqual(resolved([named]));
    expect(await asked.resolve({ itemIds: [item(7, '0')] })).toEqual(resolved([named]));
    expect(await asked.resolve({ itemIds: ['rs_68f'] })).toEqual(resolved([], ['rs_68f']));
  });

  test('is all that has an item of that name, where others gave it to several', async () => {
    const asked = new RespondingAccount();
    const one = keptResponse(1, { itemIds: ['same'] });
    const other = keptResponse(2, { itemIds: ['same'] });
    await asked.keep(one, other);
    const turns = expect.arrayContaining([one, other].map(turnOf));
    expect(await asked.resolve({ itemIds: ['same'] })).toEqual({ kind: 'resolved', turns, missing: [] });
  });

  test('may be guessed by an item that was sent in full, and then is never missing', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, keptResponse(2, { itemIds: ['named-by-others'] }));
    expect(await asked.resolve({ hintId: item(1, '0') })).toEqual(resolved([first]));
    expect(await asked.resolve({ hintId: item(1, '4') })).toEqual(resolved([]));
    expect(await asked.resolve({ hintId: 'named-by-others' })).toMatchObject({ turns: [{ id: responseId(2) }] });
    await asked.keep(...Array.from({ length: newestLookedThrough - 1 }, (_, number) => keptResponse(number + 10)));
    expect(await asked.resolve({ hintId: 'named-by-others' })).toMatchObject({ turns: [{ id: responseId(2) }] });
    await asked.keep(keptResponse(1000));
    expect(await asked.resolve({ hintId: 'named-by-others' })).toEqual(resolved([]));
    expect(await asked.resolve({ itemIds: ['named-by-others'] })).toMatchObject({ missing: [] });
  });

  test('is too large beyond a size, and a guess is left out there', async () => {
    const asked = new RespondingAccount();
    const half = sizedResponse(1, keptResponseBytesMax);
    const rest = { ...sizedResponse(2, resolvedBytesMax - keptResponseBytesMax - first.id.length), baseId: half.id };
    const small = keptResponse(3);
    await asked.keep(half, rest, small);
    expect(await asked.resolve({ itemIds: [item(2, '0')], hintId: item(2, '0') })).toEqual(resolved([half, rest]));
    const large = { ...sizedResponse(4, keptResponseBytesMax - rest.id.length), baseId: rest.id };
    await asked.keep(large);
    expect(await asked.resolve({ itemIds: [item(4, '0')], hintId: item(4, '0') })).toEqual(resolved([large]));
    expect(await asked.resolve({ responseId: rest.id, hintId: item(3, '0') })).toEqual(resolved([half, rest]));
    expect(await asked.resolve({ responseId: rest.id, itemIds: [item(3, '0')] })).toEqual({ kind: 'too-large' });
    expect(await asked.resolve({ itemIds: [item(3, '0')], hintId: item(2, '0') })).toEqual(resolved([small]));
  });

  test('is not looked up for a call that is a repeat', async () => {
    const asked = new RespondingAccount();
    const idempotency = { key: 'order-7', bodyHash: 'one' };
    const { call, ...request } = admitRequest('first');
    const reply = asked.engine.admit({ ...request, call: { ...call, endpoint: 'responses' }, idempotency });
    asked.engine.flush(noon);
    await reply;
    expect(await asked.resolve({ idempotency, responseId: first.id })).toEqual({
      kind: 'idempotency',
      problem: 'in_progress',
      callName: 'first',
    });
    const other = { key: 'order-8', bodyHash: 'one' };
    expect(await asked.resolve({ idempotency: other, responseId: first.id })).toEqual(resolved([], [first.id]));
  });

  test('is nothing to who may not speak for the account', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first);
    const denied = { kind: 'denied', reason: 'unknown' };
    const { state } = asked.engine;
    const other = { secretHash: 'x', id: first.id };
    expect(await asked.resolve({ secretHash: 'x', responseId: first.id })).toEqual(denied);
    expect(await asked.do((row) => executeKeptResponse(state, other, row))).toEqual(denied);
    expect(await asked.do((row) => executeKeptTurns(state, other, row))).toEqual(denied);
    expect(await asked.do((row) => executeForgetResponse(state, other, row))).toEqual(denied);
    expect(await asked.read(first.id)).toEqual({ kind: 'kept', response: first });
  });
});

describe('a kept response', () => {
  test('is read alone, or with all that it builds on', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, second);
    expect(await asked.read(second.id)).toEqual({ kind: 'kept', response: second });
    expect(await asked.turnsUpTo(second.id)).toEqual({ kind: 'kept', turns: [first, second].map(turnOf) });
    expect(await asked.turnsUpTo(third.id)).toEqual({ kind: 'none' });
  });

  test('counts in a conversation with what was said in it, and not with all that its client was told', async () => {
    const asked = new RespondingAccount();
    const rest = 'x'.repeat(keptResponseBytesMax / 2);
    const turns = [first, second, third].map((each) => ({ ...each, rest }));
    await asked.keep(...turns, { ...keptResponse(4, { baseId: third.id }), rest });
    const all = resolved([...turns, keptResponse(4, { baseId: third.id })]);
    expect(4 * rest.length).toBeGreaterThan(resolvedBytesMax);
    expect(await asked.resolve({ responseId: responseId(4) })).toEqual(all);
    expect(await asked.turnsUpTo(responseId(4))).toEqual({ ...all, kind: 'kept', missing: undefined });
    expect(await asked.resolve({ itemIds: [1, 2, 3, 4].map((number) => item(number, '0')) })).toEqual(all);
    expect(await asked.read(third.id)).toEqual({ kind: 'kept', response: turns[2] });
  });

  test('is read alone where its conversation is not whole, and is said to be too large to be read with it', async () => {
    const asked = new RespondingAccount();
    const large = sizedResponse(5, keptResponseBytesMax);
    const larger = { ...sizedResponse(6, keptResponseBytesMax - first.id.length), baseId: large.id };
    await asked.keep(first, second, large, larger);
    await asked.forget(first.id);
    expect(await asked.turnsUpTo(second.id)).toEqual({ kind: 'kept', turns: [second].map(turnOf) });
    expect(await asked.turnsUpTo(larger.id)).toEqual({ kind: 'too-large' });
    expect(await asked.read(larger.id)).toEqual({ kind: 'kept', response: larger });
    const last = { ...sizedResponse(7, resolvedBytesMax - keptResponseBytesMax - first.id.length), baseId: large.id };
    await asked.keep(last);
    expect(await asked.turnsUpTo(last.id)).toEqual({ kind: 'kept', turns: [large, last].map(turnOf) });
  });

  test('that is forgotten is gone from the disk before that is answered, and missing from then on', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first, second);
    const seq = asked.disk.lastSeq();
    expect(await asked.forget(first.id)).toEqual({ kind: 'forgotten' });
    expect(asked.disk.responses.find(first.id)).toBeUndefined();
    expect(await asked.forget(first.id)).toEqual({ kind: 'none' });
    expect(asked.disk.lastSeq()).toBe(seq);
    expect(await asked.resolve({ responseId: first.id })).toEqual(resolved([], [first.id]));
    expect(await asked.resolve({ responseId: second.id })).toEqual(resolved([], [second.id]));
    expect(await asked.settle(await asked.hold(), keptResponse(4, { baseId: first.id }))).toMatchObject({
      kept: false,
    });
  });

  test('is not said to be forgotten where that could not be written', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first);
    asked.disk.fate = 'lost';
    await expect(asked.forget(first.id)).rejects.toThrow('the write failed');
    asked.wake();
    expect(await asked.read(first.id)).toMatchObject({ kind: 'kept' });
  });

  test('is not forgotten by an instance that another has outrun', async () => {
    const asked = new RespondingAccount();
    await asked.keep(first);
    const outrun = asked.engine;
    asked.wake();
    await asked.keep(second);
    const forgotten = outrun.submit((row) => executeForgetResponse(outrun.state, { secretHash, id: first.id }, row));
    outrun.flush(noon);
    await expect(forgotten).rejects.toThrow('another instance has written to this journal');
    expect(asked.disk.responses.find(first.id)).toBeDefined();
  });
});
