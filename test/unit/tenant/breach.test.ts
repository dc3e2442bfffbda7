import { describe, expect, test } from 'vitest';
import { breachesKeptMax } from '../../../src/limits.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { type TenantState, applyEvent, newTenant } from '../../../src/core/account/fold.ts';
import { decodeCheckpoint, encodeCheckpoint, encodeRow, replayRow } from '../../../src/core/account/format.ts';
import { noon } from '../../support/ledger.ts';

const facts = { provider: 'openai', model: 'gpt' };

/** A call that held ten tokens and a micro-dollar. */
function admit(state: TenantState, id: string): void {
  const shape = { endpoint: 'chat', model: 'gpt', stream: false, bounded: true } as const;
  applyEvent(state, { type: 'admitted', id, name: `req-${id}`, ...shape, tokens: 10, nanoUsd: 1000, cap: 10 }, noon);
}

function settle(state: TenantState, id: string, tokens: number): void {
  admit(state, id);
  const breach = tokens > 10;
  applyEvent(state, { type: 'settled', id, tokens, nanoUsd: tokens * 100, breach, facts }, noon);
}

describe('breaches', () => {
  test('are counted, and say what was held and what was charged', () => {
    const state = newTenant();
    settle(state, '1.0', 10);
    expect(state.breaches).toEqual({ calls: 0, newest: [] });
    settle(state, '1.1', 11);
    const amounts = { heldTokens: 10, chargedTokens: 11, heldNanoUsd: 1000, chargedNanoUsd: 1100 };
    const breach = { holdId: '1.1', requestId: 'req-1.1', atMs: noon, ...facts, ...amounts };
    expect(state.breaches).toEqual({ calls: 1, newest: [breach] });
  });

  test('of a call that had expired are counted when its settlement comes', () => {
    const state = newTenant();
    admit(state, '1.0');
    applyEvent(state, { type: 'expired', id: '1.0' }, noon);
    expect(state.breaches.calls).toBe(0);
    applyEvent(state, { type: 'corrected', id: '1.0', tokens: 11, nanoUsd: 0, breach: true, facts }, epochMs(noon + 1));
    expect(state.breaches).toMatchObject({ calls: 1, newest: [{ atMs: noon + 1, chargedTokens: 11 }] });
  });

  test.each([breachesKeptMax, breachesKeptMax + 1])('are all counted, and the newest kept: of %d', (count) => {
    const state = newTenant();
    for (let call = 0; call < count; call += 1) settle(state, `1.${call}`, 11 + call);
    expect(state.breaches.calls).toBe(count);
    expect(state.breaches.newest).toHaveLength(breachesKeptMax);
    expect(state.breaches.newest.at(-1)?.chargedTokens).toBe(10 + count);
  });

  test('outlive a checkpoint, and are counted from zero where an older release wrote it', () => {
    const state = newTenant();
    settle(state, '1.0', 11);
    expect(decodeCheckpoint(encodeCheckpoint(state), 1).breaches).toEqual(state.breaches);
    const older = decodeCheckpoint(encodeCheckpoint(newTenant()), 1);
    expect(encodeCheckpoint(newTenant())).not.toContain('breaches');
    const admitted = { type: 'admitted', id: '2.0', name: 'a', endpoint: 'chat', model: 'gpt', stream: false };
    const settled = { type: 'settled', id: '2.0', tokens: 11, nanoUsd: 0, breach: true, facts };
    const events = [{ ...admitted, bounded: true, tokens: 10, nanoUsd: 0, cap: 10 }, settled];
    replayRow(older, { seq: 2, at: noon, events: encodeRow(events.map((event) => JSON.stringify(event))) });
    expect(older.breaches.calls).toBe(1);
  });
});
