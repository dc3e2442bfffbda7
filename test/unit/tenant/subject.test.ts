import { describe, expect, test } from 'vitest';
import { executeSettle } from '../../../src/core/account/execute.ts';
import { findRecord } from '../../../src/core/account/find-record.ts';
import { settleRequest } from '../../support/account.ts';
import { noon } from '../../support/ledger.ts';
import type { MemoryDisk } from '../../support/memory-disk.ts';
import { admitted, opened } from '../../support/opened-engine.ts';

/** Goal: what names people is beside the journal, where it can be erased, and records say it as long as it is there. */

const ada = { endUser: 'ada@example.com', session: 'chat-7', metadata: { team: 'research' } };

/** A disk with calls of these names, all settled in one flush. The first and the last are about Ada and Bob. */
async function settledTogether(): Promise<MemoryDisk> {
  const { disk, engine } = opened();
  const holds: string[] = [];
  for (const name of ['a', 'b', 'c']) holds.push(await admitted(engine, name));
  const subjects = [ada, {}, { endUser: 'bob@example.com' }];
  for (const [index, holdId] of holds.entries()) {
    void engine.submit((row) => executeSettle(engine.state, settleRequest(holdId, 10, subjects[index]), row));
  }
  engine.flush(noon);
  return disk;
}

const factsOf = (disk: MemoryDisk, name: string) => findRecord(disk, name, noon)?.facts;

describe('whom a call was about', () => {
  test('is in its record, and in no event of the journal', async () => {
    const disk = await settledTogether();
    expect(factsOf(disk, 'a')).toMatchObject(ada);
    expect(factsOf(disk, 'c')).toMatchObject({ endUser: 'bob@example.com' });
    expect(factsOf(disk, 'c')?.session).toBeUndefined();
    const events = [...disk.rows.values()].map((row) => row.events).join('\n');
    expect(events).toContain('"settled"');
    expect(events).not.toMatch(/example\.com|chat-7|research/);
  });

  test('costs nothing where nobody says it', async () => {
    const disk = await settledTogether();
    expect(factsOf(disk, 'b')).toMatchObject({ provider: 'echo' });
    expect(factsOf(disk, 'b')).not.toHaveProperty('endUser');
    expect([...disk.rows.values()].filter(({ subjects }) => subjects !== undefined)).toHaveLength(1);
  });

  test('can be erased, and what it cost stays', async () => {
    const disk = await settledTogether();
    for (const [seq, { subjects: _, ...row }] of disk.rows) disk.rows.set(seq, row);
    expect(factsOf(disk, 'a')).not.toHaveProperty('endUser');
    expect(findRecord(disk, 'a', noon)).toMatchObject({ tokens: 10, costNanoUsd: 10_000 });
  });

  test('is still read where an older release wrote it into the event', async () => {
    const disk = await settledTogether();
    for (const [seq, { subjects, ...row }] of disk.rows) {
      const events = row.events.replaceAll('"facts":{', `"facts":{"endUser":"carl",`);
      disk.rows.set(seq, subjects === undefined ? row : { ...row, events });
    }
    expect(factsOf(disk, 'b')).toMatchObject({ endUser: 'carl' });
  });
});
