import { describe, expect, test } from 'vitest';
import { Engine } from '../../../../src/core/account/engine.ts';
import { executeConfigure } from '../../../../src/core/account/configure.ts';
import { UnreadableFormatError, decodeRow } from '../../../../src/core/account/format.ts';
import type { Account } from '../../../../src/core/account/protocol.ts';
import { executeTake } from '../../../../src/core/account/uplink/below.ts';
import { account } from '../../../support/account.ts';
import { noon } from '../../../support/ledger.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';
import { opened } from '../../../support/opened-engine.ts';

/** Goal: what a release without uplinks has left on a disk is owed, all of it and once. */

const user = `u_${'1'.padStart(32, '0')}`;
const organization = `o_${'2'.padStart(32, '0')}`;
const other = `o_${'3'.padStart(32, '0')}`;
const sender = { from: 'k', ledger: 'l' };

/** The disk of a key that a release without uplinks has used: one call open, and one that cost 30 micro-dollars. */
function oldDisk(more: Partial<Account>, leaseEndsAt = noon + 1000): MemoryDisk {
  const disk = new MemoryDisk();
  const names = { endpoint: 'chat', model: 'echo', stream: false, bounded: true };
  const held = { tokens: 110, nanoUsd: 110_000, cap: 100 };
  const facts = { model: 'echo', inputTokens: 10, outputTokens: 20 };
  const events: readonly object[][] = [
    [{ type: 'account-set', account: { ...account('k'), userId: user, ...more } }],
    [{ type: 'admitted', id: '2.0', name: 'a', ...names, ...held, endsBy: leaseEndsAt, chain: [user, 'acme'] }],
    [{ type: 'admitted', id: '3.0', name: 'b', ...names, ...held, endsBy: leaseEndsAt, chain: [user, 'acme'] }],
    [{ type: 'settled', id: '2.0', tokens: 30, nanoUsd: 30_000, breach: false, facts }],
    // It has woken, and given the other call its last chance.
    [{ type: 'leased', id: '3.0', endsBy: leaseEndsAt, last: true }],
  ];
  for (const [index, row] of events.entries()) {
    disk.append({ seq: index + 1, at: noon, events: JSON.stringify([1, ...row]) }, undefined);
  }
  return disk;
}

function configure(engine: Engine, more: Partial<Account>): void {
  void engine.submit((row) => executeConfigure(engine.state, { ...account('k', {}, 2), userId: user, ...more }, row));
  engine.flush(noon + 5000);
}

/** What arrives at an account above. */
function arrivesAt(engine: Engine, to: string): number {
  const above = opened().engine;
  if (!engine.debts.creditors().includes(to)) return 0;
  const delivery = engine.debts.next(to, sender);
  void above.submit((row) => executeTake(above.state, delivery, row));
  above.flush(noon + 5000);
  return above.state.spend.totalNanoUsd;
}

describe('a key that a release without uplinks has used', () => {
  test('owes its user all that it counted, and what comes after that once', () => {
    const engine = Engine.load(oldDisk({}), noon);
    engine.flush(noon);
    expect(arrivesAt(engine, user)).toBe(30_000);
  });

  test('owes that also if a call expires in the very first row', () => {
    const engine = Engine.load(oldDisk({}, noon - 200_000), noon + 400_000);
    engine.flush(noon + 400_000);
    for (const doubt of engine.takeDoubts()) doubt.leftMs = 0;
    engine.flush(noon + 400_001);
    expect(engine.state.ledger.open.size).toBe(0);
    expect(engine.state.spend.totalNanoUsd).toBe(140_000);
    expect(arrivesAt(engine, user)).toBe(140_000);
  });

  test('owes the organisation that it knew by its name, open calls included, and no other', () => {
    const disk = oldDisk({ organizationId: 'acme' });
    const engine = Engine.load(disk, noon);
    engine.flush(noon);
    expect(engine.debts.creditors()).toEqual([user]);
    configure(engine, { organizationId: organization, organizationName: 'acme' });
    for (const doubt of engine.takeDoubts()) doubt.leftMs = 0;
    engine.flush(noon + 400_000);
    for (const doubt of engine.takeDoubts()) doubt.leftMs = 0;
    engine.flush(noon + 400_001);
    expect(arrivesAt(engine, organization)).toBe(140_000);
    expect(arrivesAt(engine, user)).toBe(140_000);
  });

  test('owes nothing of that to an organisation to which it has moved before it heard of the id', () => {
    const engine = Engine.load(oldDisk({ organizationId: 'acme' }), noon);
    configure(engine, { organizationId: other, organizationName: 'globex' });
    expect(arrivesAt(engine, other)).toBe(0);
    expect(arrivesAt(engine, user)).toBe(engine.state.spend.totalNanoUsd);
  });

  test('is described again under the version that it has, while it knows its organisation by a name', () => {
    const engine = Engine.load(oldDisk({ organizationId: 'acme' }), noon);
    configure(engine, { version: 1, organizationId: organization, organizationName: 'acme' });
    expect(engine.state.account?.organizationId).toBe(organization);
    configure(engine, { version: 1, organizationId: other, organizationName: 'globex' });
    expect(engine.state.account?.organizationId).toBe(organization);
  });

  test.each(['u_team', 'o_sales', 'o_2'])('does not take an organisation called %s for a ledger', (name) => {
    const engine = Engine.load(oldDisk({ organizationId: name }), noon);
    engine.flush(noon);
    expect(engine.debts.creditors()).toEqual([user]);
  });
});

describe('what an account has taken', () => {
  test('can not be read by a release that would forget it', () => {
    const above = opened();
    const delivery = { ...sender, after: { seq: 0, check: 0 }, through: { seq: 1, check: 1 }, n: 0, postings: [] };
    void above.engine.submit((row) => executeTake(above.engine.state, delivery, row));
    above.engine.flush(noon);
    const row = above.disk.rows.get(above.engine.state.seq);
    const old = { eventUpgrades: [], checkpointUpgrades: [] };
    expect(() => decodeRow(row?.events ?? '', old)).toThrow(UnreadableFormatError);
    above.engine.checkpoint();
    expect(() => Engine.load(above.disk, noon, old)).toThrow(UnreadableFormatError);
    expect(Engine.load(above.disk, noon).state.below.size).toBe(1);
  });

  test('leaves the format of accounts that take nothing as it was', () => {
    const { disk, engine } = opened();
    engine.checkpoint();
    expect([...disk.rows.values()].map(({ events }) => events.slice(0, 3))).toEqual(['[1,']);
    const old = { eventUpgrades: [], checkpointUpgrades: [] };
    expect(Engine.load(disk, noon, old).state.account?.id).toBe('k');
  });
});
