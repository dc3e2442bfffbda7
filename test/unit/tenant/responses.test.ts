import { describe, expect, test } from 'vitest';
import type { KeptResponse } from '../../../src/core/account/kept-response.ts';
import {
  keptItemIdsBytesMax,
  keptResponseBytesMax,
  lookedAtPerForgotten,
} from '../../../src/core/account/response-limits.ts';
import { sizeOf } from '../../../src/core/account/kept-response.ts';
import { keptResponse, responseId, sizedResponse, turn, turnOf } from '../../support/kept-response.ts';
import { noon } from '../../support/ledger.ts';
import { ResponsesOnDisk } from '../../support/responses-on-disk.ts';

/** Goal: what a flush keeps and forgets is seen at once and written together, within every bound. */

const ids = (...numbers: readonly number[]): string[] => numbers.map(responseId);

describe('within one flush', () => {
  test('what it keeps is seen at once, and is on disk only when it is written', () => {
    const account = new ResponsesOnDisk();
    expect(account.keep(turn(1))).toBe(true);
    expect(account.keep(turn(2))).toBe(true);
    const line = account.responses.conversation(responseId(2)) ?? [];
    expect(account.responses.turns(line)).toEqual([turn(1), turn(2)].map(turnOf));
    const [, last] = line;
    expect(last && account.responses.read(last)).toEqual(turn(2));
    expect(account.responses.itemIdsOf(responseId(2))).toEqual(turn(2).itemIds);
    expect(account.known()).toEqual([]);
    account.write();
    expect(account.known()).toEqual(ids(1, 2));
    expect(account.disk.find(responseId(2))).toEqual({
      id: responseId(2),
      baseId: responseId(1),
      at: noon,
      bytes: sizeOf(turn(2)),
      turnBytes: sizeOf(turn(2)) - turn(2).rest.length,
    });
    expect(account.responses.take()).toEqual([]);
  });

  test('a conversation goes from what it keeps back to what is on disk', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    account.keep(turn(2));
    account.wake();
    account.keep(turn(3));
    const line = account.responses.conversation(responseId(3)) ?? [];
    expect(account.responses.turns(line)).toEqual([turn(1), turn(2), turn(3)].map(turnOf));
  });

  test('what it forgets is gone, though it is still on disk', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    account.keep(turn(2));
    account.wake();
    expect(account.responses.forget(responseId(1))).toBe(true);
    expect(account.responses.forget(responseId(1))).toBe(false);
    expect(account.responses.has(responseId(1))).toBe(false);
    expect(account.responses.itemIdsOf(responseId(1))).toBeUndefined();
    expect(account.responses.find(responseId(1))).toBeUndefined();
    expect(account.responses.holdersOf(turn(1).itemIds)).toEqual(new Map([[turn(1).itemIds[0], new Set()]]));
    expect(account.conversation(responseId(2))).toBeUndefined();
    expect(account.keep(keptResponse(3, { baseId: responseId(1) }))).toBe(false);
    account.write();
    expect(account.known()).toEqual(ids(2));
  });

  test('of what it keeps and forgets again nothing is left', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    account.responses.forget(responseId(1));
    expect(account.responses.has(responseId(1))).toBe(false);
    account.write();
    expect(account.known()).toEqual([]);
  });

  test('all that it forgets is gone, and what it keeps after that is kept', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    account.wake();
    account.keep(turn(2));
    account.responses.forgetAll();
    expect(account.responses.has(responseId(1))).toBe(false);
    expect(account.responses.has(responseId(2))).toBe(false);
    expect(account.conversation(responseId(1))).toBeUndefined();
    expect(account.keep(turn(2))).toBe(false);
    expect(account.keep(keptResponse(3))).toBe(true);
    expect(account.responses.holdersOf([...turn(1).itemIds, ...turn(3).itemIds])).toEqual(
      new Map([
        [turn(1).itemIds[0], new Set()],
        [turn(3).itemIds[0], new Set(ids(3))],
      ]),
    );
    account.write();
    expect(account.known()).toEqual(ids(3));
  });

  test('it counts what it will write, for a flush is bounded', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    expect(account.responses.bytesChanged).toBe(sizeOf(turn(1)));
    account.write();
    expect(account.responses.bytesChanged).toBe(0);
  });
});

describe('a response is kept', () => {
  test('once, and what is said of it again changes nothing', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    account.wake();
    expect(account.keep({ ...turn(1), input: 'other' })).toBe(true);
    account.write();
    expect(account.disk.read(responseId(1))).toEqual(turn(1));
  });

  test('if what it builds on is there', () => {
    const account = new ResponsesOnDisk();
    expect(account.keep(turn(2))).toBe(false);
    expect(account.keep(keptResponse(3, { baseId: responseId(3) }))).toBe(false);
    account.keep(turn(1));
    expect(account.keep(turn(2))).toBe(true);
    expect(account.keep(keptResponse(3, { baseId: responseId(1) }))).toBe(true);
    expect(account.conversation(responseId(3))).toEqual(ids(1, 3));
  });

  test('of the largest size, in bytes, and one that is a byte larger is not', () => {
    const account = new ResponsesOnDisk();
    const of = (bytes: number, number: number): KeptResponse => {
      const empty = keptResponse(number, { input: '', output: '', rest: '' });
      const twoBytes = 'é'.repeat(1000);
      return { ...empty, input: 'x'.repeat(bytes - sizeOf(empty) - 4000), output: twoBytes, rest: twoBytes };
    };
    expect(sizeOf(of(keptResponseBytesMax, 1))).toBe(keptResponseBytesMax);
    expect(account.keep(of(keptResponseBytesMax, 1))).toBe(true);
    expect(account.keep(of(keptResponseBytesMax + 1, 2))).toBe(false);
    expect(account.keep(keptResponse(3, { input: 'x'.repeat(keptResponseBytesMax + 1) }))).toBe(false);
  });

  test('with as many ids of items as can be looked through, and one with a byte more is not', () => {
    const account = new ResponsesOnDisk();
    // In quotes and brackets.
    const itemIds = ['x'.repeat(keptItemIdsBytesMax - 4)];
    expect(account.keep(keptResponse(1, { itemIds }))).toBe(true);
    expect(account.keep(keptResponse(2, { itemIds: [`${itemIds[0]}x`] }))).toBe(false);
  });
});

describe('an account keeps', () => {
  test('so many bytes: beyond them it forgets the oldest, and does not take what is larger than all of them', () => {
    const account = new ResponsesOnDisk(3000);
    for (const number of [1, 2, 3]) account.keep(sizedResponse(number, 1000));
    account.wake();
    expect(account.known()).toEqual(ids(1, 2, 3));
    account.keep(sizedResponse(4, 1001));
    account.wake();
    expect(account.known()).toEqual(ids(3, 4));
    expect(account.disk.tally()).toEqual({ responses: 2, bytes: 2001 });
    expect(account.keep(sizedResponse(5, 3001))).toBe(false);
    expect(account.keep(sizedResponse(6, 3000))).toBe(true);
    account.write();
    expect(account.known()).toEqual(ids(6));
  });

  test('so many bytes also when all of them come in one flush, and whatever was forgotten before', () => {
    const account = new ResponsesOnDisk(3000);
    for (const number of [1, 2, 3]) account.keep(sizedResponse(number, 1000));
    account.responses.forget(responseId(2));
    for (const number of [4, 5]) account.keep(sizedResponse(number, 1000));
    account.write();
    expect(account.known()).toEqual(ids(3, 4, 5));
    account.responses.forgetAll();
    for (const number of [6, 7, 8]) account.keep(sizedResponse(number, 1000));
    account.write();
    expect(account.known()).toEqual(ids(6, 7, 8));
  });

  test('one that comes late in place of older ones, and not of itself', () => {
    const account = new ResponsesOnDisk(2000);
    for (const number of [2, 4]) account.keep(sizedResponse(number, 1000));
    account.wake();
    account.keep(sizedResponse(1, 1000));
    account.keep(sizedResponse(3, 1000));
    account.write();
    // The first made room for the last, as the oldest by then.
    expect(account.known()).toEqual(ids(3, 4));
  });

  test('so many responses, beyond which it forgets the oldest', () => {
    const account = new ResponsesOnDisk(1e9, 3);
    for (const number of [1, 2, 3]) account.keep(keptResponse(number));
    account.wake();
    expect(account.known()).toEqual(ids(1, 2, 3));
    account.keep(keptResponse(4));
    account.write();
    expect(account.known()).toEqual(ids(2, 3, 4));
  });

  test('no more than a lower bound allows', () => {
    const account = new ResponsesOnDisk();
    for (const number of [1, 2, 3]) account.keep(sizedResponse(number, 1000));
    account.wake();
    account.responses.shrinkTo(2000);
    account.write();
    expect(account.known()).toEqual(ids(2, 3));
  });
});

describe('room is made', () => {
  const sized = (number: number, bytes: number, base?: number): KeptResponse => {
    const baseId = base === undefined ? '' : responseId(base);
    return { ...sizedResponse(number, bytes - baseId.length), ...(base === undefined ? {} : { baseId }) };
  };

  test('by whole conversations, the least recently used first, however old their beginning is', () => {
    const account = new ResponsesOnDisk(5000);
    account.keep(sized(1, 1000));
    account.keep(sized(2, 1000));
    account.keep(sized(3, 1000, 2));
    account.keep(sized(4, 1000, 1), noon + 1);
    account.wake();
    account.keep(sized(5, 1001), noon + 2);
    account.keep(sized(6, 1000), noon + 2);
    account.wake();
    expect(account.known()).toEqual(ids(1, 4, 5, 6));
    expect(account.disk.tally()).toEqual({ responses: 4, bytes: 4001 });
  });

  test('of two that go on from one by forgetting what only the older has', () => {
    const account = new ResponsesOnDisk(3000);
    account.keep(sized(1, 1000));
    account.keep(sized(2, 1000, 1));
    account.keep(sized(3, 1000, 1));
    account.keep(sized(4, 1000, 3));
    account.write();
    expect(account.known()).toEqual(ids(1, 3, 4));
  });

  test('for a conversation that goes on, and never by what it builds on: where all else is not enough, it ends', () => {
    const account = new ResponsesOnDisk(3000);
    account.keep(sized(1, 1000));
    account.keep(sized(5, 1000), noon + 1);
    account.wake();
    expect(account.keep(sized(6, 1000, 1), noon + 2)).toBe(true);
    expect(account.keep(sized(7, 1000, 6), noon + 2)).toBe(true);
    expect(account.conversation(responseId(7))).toEqual(ids(1, 6, 7));
    expect(account.keep(sized(8, 1000, 7), noon + 3)).toBe(false);
    account.write();
    expect(account.known()).toEqual(ids(1, 6, 7));
  });

  test('for nothing that has none in any case: all else stays', () => {
    const account = new ResponsesOnDisk(3000);
    account.keep(sized(1, 1500));
    account.keep(sized(2, 1000));
    account.wake();
    expect(account.keep(sized(3, 1501, 1))).toBe(false);
    expect(account.responses.take()).toEqual([]);
    expect(account.keep(sized(3, 1500, 1))).toBe(true);
    account.write();
    expect(account.known()).toEqual(ids(1, 3));
  });

  test('also in number without what a response builds on', () => {
    const account = new ResponsesOnDisk(1e9, 2);
    account.keep(turn(1));
    account.keep(keptResponse(9), noon + 1);
    expect(account.keep(turn(2), noon + 2)).toBe(true);
    expect(account.keep(turn(3), noon + 3)).toBe(false);
    account.write();
    expect(account.known()).toEqual(ids(1, 2));
  });

  test('for several at once, where there are many to be looked at', () => {
    const countMax = 2 * lookedAtPerForgotten;
    const account = new ResponsesOnDisk(1e9, countMax);
    for (let number = 1; number <= countMax; number += 1) account.keep(keptResponse(number));
    account.wake();
    expect(account.known()).toHaveLength(countMax);
    account.keep(keptResponse(countMax + 1));
    account.write();
    expect(account.known()).toHaveLength(countMax - 1);
    expect(account.known()[0]).toBe(responseId(3));
  });
});
