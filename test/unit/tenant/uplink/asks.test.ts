import { describe, expect, test } from 'vitest';
import { openHoldsMax } from '../../../../src/limits.ts';
import { executeVoid } from '../../../../src/core/account/idempotency.ts';
import { belowHoldMs } from '../../../../src/core/account/uplink/ask-limits.ts';
import { admitRequest } from '../../../support/account.ts';
import { AskingTree, admit, organization, settle, user } from '../../../support/asking-tree.ts';
import { noon } from '../../../support/ledger.ts';

/** Goal: nobody is told of a call before all above have granted it, and what is not granted is given back everywhere. */

const one = [{ metric: 'concurrency' as const, max: 1 }];
const many = [{ metric: 'concurrency' as const, max: 9 }];
const tokens = (max: number) => [{ metric: 'tokens' as const, per: 'total', max }];

describe('a call that is asked for above', () => {
  test('is told once all have granted it, and not before', async () => {
    const tree = new AskingTree({ user: many, organization: many });
    const call = admit(tree, 'a');
    await tree.ask(user);
    expect(call.heard).toBeUndefined();
    await tree.ask(organization);
    expect(await call.reply).toMatchObject({
      kind: 'granted',
      above: [
        { id: user, standings: [{ held: 1 }] },
        { id: organization, standings: [{ held: 1 }] },
      ],
    });
    await settle(tree, call);
    await tree.deliver();
    expect([tree.openAt(user), tree.openAt(organization)]).toEqual([0, 0]);
  });

  test('has the least cap of all, and no level keeps more than that', async () => {
    const tree = new AskingTree({ user: tokens(60), organization: tokens(90) });
    const call = tree.key.admit({ ...admitRequest('a'), call: { ...admitRequest('a').call, bound: wide } });
    tree.key.flush(noon);
    await tree.askAll();
    expect(await call).toMatchObject({ cap: 50, tokens: 60 });
    expect([...tree.at(organization).state.ledger.open.values()]).toMatchObject([{ cap: 50, tokens: 60 }]);
  });

  test('is refused by the level that refuses, and leaves nothing with those that granted', async () => {
    const tree = new AskingTree({ user: many, organization: tokens(50) });
    const call = admit(tree, 'a');
    await tree.askAll();
    expect(await call.reply).toMatchObject({
      kind: 'refused',
      owner: { scope: 'organization', id: organization },
      refusal: { needed: 110, free: 50 },
      // Where the user stands, the call is still held for a moment: so that is not told.
      above: [{ id: organization }],
    });
    await tree.deliver();
    expect([tree.openAt(user), tree.openAt(organization)]).toEqual([0, 0]);
    expect(tree.key.state.ledger.open.size).toBe(0);
    const again = admit(tree, 'a', { cap: 20 });
    await tree.askAll();
    expect(await again.reply).toMatchObject({ kind: 'granted' });
  });

  test('is not admitted where one does not answer, and what that one may hold is given back', async () => {
    const tree = new AskingTree({ user: many, organization: many });
    const call = admit(tree, 'a');
    await tree.ask(user);
    const request = tree.message(organization);
    if (request === undefined) throw new Error('there was something to ask');
    await tree.carry(organization, request);
    await tree.hear(organization, request, undefined);
    expect(await call.reply).toEqual({ kind: 'denied', reason: 'unanswered', account: organization });
    await tree.deliver();
    expect([tree.openAt(user), tree.openAt(organization)]).toEqual([0, 0]);
    // The question comes once more, late.
    expect((await tree.carry(organization, request)).answers).toEqual([{ kind: 'ended' }]);
  });

  test('is joined by a router that asks again', async () => {
    const tree = new AskingTree({ user: many });
    const [first, second] = [admit(tree, 'a'), admit(tree, 'a')];
    await tree.askAll();
    expect(await second.reply).toEqual(await first.reply);
    expect(tree.openAt(user)).toBe(1);
  });

  test('is ended by a void, and frees its key', async () => {
    const tree = new AskingTree({ user: many });
    const keyed = { ...admitRequest('a'), idempotency: { key: 'i', bodyHash: 'b' } };
    const call = tree.key.admit(keyed);
    tree.key.flush(noon);
    void tree.key.submit((row) => executeVoid(tree.key.state, 'a', row));
    tree.key.flush(noon);
    await tree.askAll();
    expect(await call).toEqual({ kind: 'ended' });
    await tree.deliver();
    expect(tree.openAt(user)).toBe(0);
    const other = tree.key.admit({ ...keyed, call: { ...keyed.call, name: 'b' } });
    tree.key.flush(noon);
    await tree.askAll();
    expect(await other).toMatchObject({ kind: 'granted' });
  });

  test('is asked for again when its actor dies before its router has heard, and is the same then', async () => {
    const tree = new AskingTree({ user: one });
    admit(tree, 'a');
    const request = tree.message(user);
    if (request === undefined) throw new Error('there was something to ask');
    await tree.carry(user, request);
    tree.restart();
    const again = admit(tree, 'a');
    await tree.askAll();
    expect(await again.reply).toMatchObject({ kind: 'granted' });
    expect([tree.key.state.ledger.open.size, tree.openAt(user)]).toEqual([1, 1]);
  });

  test('goes on when its actor dies after its router has heard: all above say that they hold it', async () => {
    const tree = new AskingTree({ user: one });
    const call = admit(tree, 'a');
    await tree.askAll();
    await call.reply;
    tree.restart();
    await tree.askAll();
    await settle(tree, call);
    await tree.deliver();
    expect(tree.openAt(user)).toBe(0);
    expect(tree.at(user).state.ledger.counters.get('tokens/total')?.postedSum).toBe(30);
  });

  test('is given back when its actor dies, and one above refuses it then', async () => {
    const tree = new AskingTree({ user: many, organization: one });
    const running = admit(tree, 'running');
    await tree.askAll();
    await running.reply;
    admit(tree, 'a');
    const request = tree.message(user);
    if (request === undefined) throw new Error('there was something to ask');
    await tree.carry(user, request);
    tree.restart();
    await tree.askAll();
    await tree.deliver();
    expect([tree.key.state.ledger.open.size, tree.openAt(user)]).toEqual([1, 1]);
  });

  test('is kept while it is not known whether its router has heard, and ends once those above have said', async () => {
    const tree = new AskingTree({ user: many });
    const call = admit(tree, 'a');
    await tree.askAll();
    await call.reply;
    tree.restart();
    const request = tree.message(user);
    if (request === undefined) throw new Error('there was something to ask');
    await tree.hear(user, request, undefined);
    for (const _ of [1, 2]) {
      tree.key.flush(noon + 600_000);
      for (const doubt of tree.key.takeDoubts()) doubt.leftMs = 0;
    }
    expect(tree.key.state.ledger.open.size).toBe(1);
    await tree.askAll();
    tree.key.flush(noon + 600_000);
    await tree.deliver();
    expect([tree.key.state.ledger.open.size, tree.openAt(user)]).toEqual([0, 0]);
    expect(tree.at(user).state.ledger.counters.get('tokens/total')?.postedSum).toBe(110);
  });

  test('without a bound is planned again where a level needs one', async () => {
    const tree = new AskingTree({ user: [...many, ...tokens(1000)] });
    const call = tree.key.admit({ ...admitRequest('a'), call: { ...admitRequest('a').call, bounded: false } });
    tree.key.flush(noon);
    await tree.askAll();
    expect(await call).toMatchObject({ kind: 'stale', account: { above: [{ id: user }] } });
  });

  test('can only end once one above has refused what its next attempt needs', async () => {
    const tree = new AskingTree({ user: many, organization: tokens(300) });
    const call = admit(tree, 'a');
    await tree.askAll();
    const grant = await call.reply;
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    const bound = { ...wide, capLeast: 100 };
    const next = { holdId: grant.holdId, attempt: 2, spentTokens: 250, spentNanoUsd: 0, bound };
    const extended = tree.key.extend(next);
    tree.key.flush(noon);
    await tree.askAll();
    expect(await extended).toMatchObject({ kind: 'refused', owner: { id: organization }, refusal: { free: 50 } });
    const [again, repeated] = [admit(tree, 'a'), tree.key.extend(next)];
    tree.key.flush(noon);
    expect([await again.reply, await repeated]).toEqual([{ kind: 'ended' }, { kind: 'ended' }]);
    // The router ends its first attempt, which is charged already, once.
    await settle(tree, call, 250);
    await tree.deliver();
    expect([tree.openAt(user), tree.openAt(organization)]).toEqual([0, 0]);
    expect(tree.at(organization).state.ledger.counters.get('tokens/total')?.postedSum).toBe(250);
  });

  test('hides where others stand from a key that is not to know', async () => {
    const tree = new AskingTree({ user: many }, { disclose: 'own' });
    const call = admit(tree, 'a');
    await tree.askAll();
    expect(await call.reply).not.toHaveProperty('above');
  });
});

describe('of two calls that stand in each other’s way', () => {
  test('one is made: levels are asked in order, the nearest first', async () => {
    const tree = new AskingTree({ user: one, organization: one });
    const [first, second] = [admit(tree, 'a'), admit(tree, 'b')];
    // Each level grants another one first.
    const ofUser = tree.message(user);
    const ofOrganization = tree.message(organization);
    if (ofUser === undefined || ofOrganization === undefined) throw new Error('there was something to ask');
    const turned = { ...ofOrganization, asks: ofOrganization.asks.toReversed() };
    await tree.hear(user, ofUser, await tree.carry(user, ofUser));
    await tree.hear(organization, turned, await tree.carry(organization, turned));
    await tree.deliver();
    await tree.askAll();
    await Promise.all([first.reply, second.reply]);
    expect(new Set([first.heard?.kind, second.heard?.kind])).toEqual(new Set(['granted', 'refused']));
  });

  test('one that is asked in order is not taken for ended by what was asked later', async () => {
    const tree = new AskingTree({ user: one, organization: many });
    const running = admit(tree, 'running');
    await tree.askAll();
    const waits = admit(tree, 'waits');
    await tree.ask(user);
    await tree.ask(organization);
    // It was refused for the call that runs, and is asked for once more, of the user first.
    await settle(tree, running);
    const later = admit(tree, 'later');
    await tree.ask(organization);
    await tree.deliver();
    await tree.askAll();
    await Promise.all([waits.reply, later.reply]);
    expect(new Set([waits.heard?.kind, later.heard?.kind])).toEqual(new Set(['granted', 'refused']));
  });
});

test('a hold of an account that is silent is charged, and the truth takes its place however late it comes', async () => {
  const tree = new AskingTree({ user: tokens(1000) });
  const call = admit(tree, 'a');
  await tree.askAll();
  const above = tree.at(user);
  const posted = (): number | undefined => above.state.ledger.counters.get('tokens/total')?.postedSum;
  above.flush(noon + belowHoldMs - 1);
  expect(tree.openAt(user)).toBe(1);
  above.flush(noon + belowHoldMs);
  expect([tree.openAt(user), posted()]).toEqual([0, 110]);
  await settle(tree, call);
  await tree.deliver();
  expect(posted()).toBe(30);
  expect(above.state.spend.totalNanoUsd).toBe(30_000);
  expect(above.state.ledger.unresolved.size).toBe(0);
});

test('as many calls are open above as an account may have, and not one more', async () => {
  const tree = new AskingTree({ user: [{ metric: 'concurrency', max: openHoldsMax * 2 }] });
  const { open } = tree.at(user).state.ledger;
  const first = admit(tree, 'a');
  await tree.askAll();
  await first.reply;
  const [hold] = open.values();
  if (hold === undefined) throw new Error('one is open');
  for (let number = 1; number < openHoldsMax; number += 1) open.set(`made up ${number}`, hold);
  const over = admit(tree, 'b');
  await tree.askAll();
  expect(await over.reply).toMatchObject({ kind: 'refused', owner: { id: user }, refusal: { held: openHoldsMax } });
});

const wide = {
  model: 'echo',
  fixedTokens: 10,
  fixedNanoUsd: 10_000,
  tokensPerCapToken: 1,
  picoUsdPerCapToken: 1_000_000,
  capWanted: 100,
  capLeast: 1,
};
