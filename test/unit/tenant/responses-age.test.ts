import { describe, expect, test } from 'vitest';
import { newestLookedThrough } from '../../../src/core/account/response-limits.ts';
import { keptResponse, responseId, turn } from '../../support/kept-response.ts';
import { noon } from '../../support/ledger.ts';
import { ResponsesOnDisk, keepMs } from '../../support/responses-on-disk.ts';

/** Goal: a conversation is whole for as long as any of it is young. */

const ids = (...numbers: readonly number[]): string[] => numbers.map(responseId);

describe('of a conversation', () => {
  test('that goes two ways each is answered by itself', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1));
    account.keep(turn(2));
    account.keep(keptResponse(3, { baseId: responseId(1) }));
    account.wake();
    expect(account.conversation(responseId(2))).toEqual(ids(1, 2));
    expect(account.conversation(responseId(3))).toEqual(ids(1, 3));
  });

  test('only what the caller does not have is gone through', () => {
    const account = new ResponsesOnDisk();
    for (const number of [1, 2, 3, 4]) account.keep(turn(number));
    account.write();
    const place = account.responses.conversation(responseId(4), (id) => id === responseId(2));
    expect(place?.map(({ id }) => id)).toEqual(ids(3, 4));
  });

  test('of which the beginning is gone nothing is whole', () => {
    const account = new ResponsesOnDisk();
    for (const number of [1, 2, 3]) account.keep(turn(number));
    account.responses.forget(responseId(1));
    account.wake();
    expect(account.conversation(responseId(3))).toBeUndefined();
    expect(account.conversation('resp_of-nobody')).toBeUndefined();
    // It can be looked at by itself.
    expect(account.keep(turn(4))).toBe(true);
  });
});

describe('an item', () => {
  test('is of each response that has it', () => {
    const account = new ResponsesOnDisk();
    account.keep(keptResponse(1, { itemIds: ['a', 'b'] }));
    account.keep(keptResponse(3, { itemIds: ['b', 'c'] }));
    account.wake();
    account.keep(keptResponse(2, { itemIds: ['c', 'a', 'd'] }));
    expect(account.responses.holdersOf(['a', 'b', 'c', 'd', 'e'])).toEqual(
      new Map([
        ['a', new Set(ids(2, 1))],
        ['b', new Set(ids(3, 1))],
        ['c', new Set(ids(3, 2))],
        ['d', new Set(ids(2))],
        ['e', new Set()],
      ]),
    );
  });

  test('is looked for in as many responses as is said', () => {
    const account = new ResponsesOnDisk();
    for (const number of [1, 2, 3]) account.keep(keptResponse(number, { itemIds: [`item-${number}`] }));
    account.write();
    expect(account.responses.holdersOf(['item-2'], 2)).toEqual(new Map([['item-2', new Set(ids(2))]]));
    expect(account.responses.holdersOf(['item-2'], 1)).toEqual(new Map([['item-2', new Set()]]));
  });

  test('is looked for until it is found, and among the newest also when it was', () => {
    const account = new ResponsesOnDisk(1e9, 1000);
    account.keep(keptResponse(1, { itemIds: ['same'] }));
    account.keep(keptResponse(2, { itemIds: ['same', 'old'] }));
    for (let number = 3; number <= newestLookedThrough; number += 1) account.keep(keptResponse(number));
    account.write();
    const holders = (itemId: string): string[] => [...(account.responses.holdersOf([itemId]).get(itemId) ?? [])];
    expect(holders('same')).toEqual(ids(2, 1));
    account.keep(keptResponse(1000));
    expect(holders('same')).toEqual(ids(2));
    account.keep(keptResponse(1001));
    expect(holders('same')).toEqual(ids(2));
    expect(holders('old')).toEqual(ids(2));
  });

  test('is found in the conversation of another without looking through what lies between', () => {
    const account = new ResponsesOnDisk();
    account.keep(keptResponse(1, { itemIds: ['first'] }));
    account.keep(turn(2, { itemIds: ['second'] }));
    for (const number of [3, 4, 5]) account.keep(keptResponse(number));
    account.keep(keptResponse(6, { baseId: responseId(2), itemIds: ['third'] }));
    account.write();
    expect(account.responses.holdersOf(['first', 'second', 'third'], 1)).toEqual(
      new Map([
        ['first', new Set(ids(1))],
        ['second', new Set(ids(2))],
        ['third', new Set(ids(6))],
      ]),
    );
  });
});

describe('with time', () => {
  test('a response is forgotten, and not a millisecond too early', () => {
    const account = new ResponsesOnDisk();
    account.keep(keptResponse(1));
    account.keep(keptResponse(2), noon + 1);
    account.wake();
    expect(account.responses.oldestEndAt()).toBe(noon);
    expect(account.forgetOld(noon + keepMs - 1)).toBe(0);
    expect(account.forgetOld(noon + keepMs)).toBe(1);
    account.write();
    expect(account.known()).toEqual(ids(2));
    expect(account.responses.oldestEndAt()).toBe(noon + 1);
  });

  test('what a younger one builds on stays as long as that, however old', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1), noon);
    account.keep(turn(2), noon + 900);
    account.keep(keptResponse(3, { baseId: responseId(1) }), noon + 10);
    account.keep(turn(4, { baseId: responseId(2) }), noon + 1800);
    account.wake();
    expect(account.responses.oldestEndAt()).toBe(noon + 10);
    expect(account.forgetOld(noon + 10 + keepMs)).toBe(1);
    account.write();
    expect(account.known()).toEqual(ids(1, 2, 4));
    expect(account.responses.oldestEndAt()).toBe(noon + 1800);
    expect(account.forgetOld(noon + 1799 + keepMs)).toBe(0);
    expect(account.forgetOld(noon + 1800 + keepMs)).toBe(3);
    account.write();
    expect(account.known()).toEqual([]);
    expect(account.responses.oldestEndAt()).toBeUndefined();
  });

  test('what was stayed for is forgotten in its own time when that is gone', () => {
    const account = new ResponsesOnDisk();
    account.keep(turn(1), noon);
    account.keep(turn(2), noon + 900);
    account.wake();
    expect(account.responses.oldestEndAt()).toBe(noon + 900);
    account.responses.forget(responseId(2));
    account.write();
    expect(account.responses.oldestEndAt()).toBe(noon);
    expect(account.forgetOld(noon + keepMs)).toBe(1);
  });

  test('a few of those that are too old are left for the next time', () => {
    const account = new ResponsesOnDisk();
    for (const number of [1, 2, 3]) account.keep(keptResponse(number));
    account.write();
    expect(account.forgetOld(noon + keepMs, 2)).toBe(2);
    account.write();
    expect(account.known()).toEqual(ids(3));
    expect(account.responses.oldestEndAt()).toBe(noon);
  });

  test('it is known at any moment when the first is to be forgotten, as far as it can be without looking', () => {
    const account = new ResponsesOnDisk();
    expect(account.responses.oldestEndAt()).toBeUndefined();
    account.keep(keptResponse(1), noon + 5);
    account.keep(keptResponse(2), noon + 9);
    expect(account.responses.oldestEndAt()).toBe(noon + 5);
    account.responses.forgetAll();
    expect(account.responses.oldestEndAt()).toBeUndefined();
    account.keep(keptResponse(3), noon + 7);
    expect(account.responses.oldestEndAt()).toBe(noon + 7);
    // The time of an account may have been set back.
    account.keep(keptResponse(4), noon);
    expect(account.responses.oldestEndAt()).toBe(noon);
  });
});
