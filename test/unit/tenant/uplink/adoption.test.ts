import { describe, expect, test } from 'vitest';
import { executeSettle } from '../../../../src/core/account/execute.ts';
import { admitRequest, settleRequest } from '../../../support/account.ts';
import { AskingTree, admit, organization } from '../../../support/asking-tree.ts';
import { noon } from '../../../support/ledger.ts';

/** Goal: a limit that comes later counts the calls that are open, each once. */

const many = [{ metric: 'concurrency' as const, max: 9 }];

describe('calls that were open when a limit came', () => {
  test('are told before anything else, in pieces, and count there', async () => {
    const tree = new AskingTree({ organization: many });
    tree.tell({});
    const calls = Array.from({ length: 300 }, (_, number) => admit(tree, `call-${number}`));
    await Promise.all(calls.map(({ reply }) => reply));
    tree.tell({ organization: many });
    expect(tree.key.asks.isAdopting).toBe(true);
    const next = admit(tree, 'next');
    await tree.ask(organization);
    expect(tree.openAt(organization)).toBe(256);
    expect(next.heard).toBeUndefined();
    await tree.askAll();
    expect(tree.key.asks.isAdopting).toBe(false);
    expect(tree.openAt(organization)).toBe(300);
    expect(await next.reply).toMatchObject({ kind: 'refused', owner: { id: organization }, refusal: { held: 300 } });
  });

  test('are not taken for known by an answer to another question', async () => {
    const tree = new AskingTree({ organization: many });
    const asked = admit(tree, 'asked');
    await tree.askAll();
    const grant = await asked.reply;
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    tree.tell({});
    await admit(tree, 'unasked').reply;
    const { holdId } = grant;
    const { bound } = admitRequest('asked').call;
    void tree.key.extend({ holdId, attempt: 2, spentTokens: 1, spentNanoUsd: 1, bound });
    tree.key.flush(noon);
    const extension = tree.message(organization);
    if (extension === undefined) throw new Error('there was something to ask');
    tree.tell({ organization: many });
    await tree.hear(organization, extension, await tree.carry(organization, extension));
    expect(tree.key.asks.isAdopting).toBe(true);
    await tree.askAll();
    expect(tree.openAt(organization)).toBe(2);
  });

  test('are charged once, whatever of them is delivered before or after', async () => {
    const tree = new AskingTree({});
    const call = admit(tree, 'a');
    const grant = await call.reply;
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    const { holdId } = grant;
    const { bound } = admitRequest('a').call;
    const extend = (attempt: number): void => {
      void tree.key.extend({ holdId, attempt, spentTokens: 7, spentNanoUsd: 7000, bound });
      tree.key.flush(noon);
    };
    extend(2);
    tree.tell({ organization: many });
    extend(3);
    await tree.deliver();
    await tree.askAll();
    const settled = tree.key.submit((row) =>
      executeSettle(tree.key.state, { ...settleRequest(holdId, 30), attempt: 3 }, row),
    );
    tree.key.flush(noon);
    await settled;
    await tree.deliver();
    expect(tree.at(organization).state.ledger.counters.get('tokens/total')?.postedSum).toBe(44);
    expect(tree.openAt(organization)).toBe(0);
  });

  test('wait for nobody who has lost its ledger: callers hear why', async () => {
    const tree = new AskingTree({});
    await admit(tree, 'open').reply;
    tree.tell({ organization: many });
    const call = admit(tree, 'a');
    const request = tree.message(organization);
    if (request === undefined) throw new Error('there was something to ask');
    const answers = request.asks.map(() => ({ kind: 'denied', reason: 'lost' }) as const);
    await tree.hear(organization, request, { answers });
    expect(await call.reply).toEqual({ kind: 'denied', reason: 'lost', account: organization });
    expect(tree.key.asks.isAdopting).toBe(true);
  });
});
