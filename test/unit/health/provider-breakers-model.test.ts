import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { Outcome } from '../../../src/core/breaker/breaker.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';
import { ended, evicted, times, troubledKeys } from './breakers-support.ts';

const config = defaultBreakerConfig;

type Step =
  | { kind: 'clock'; byMs: number }
  | { kind: 'claim'; endpoint: string; model: string }
  | { kind: 'end'; which: number; outcome: Outcome }
  | { kind: 'failures'; endpoint: string; model: string }
  | { kind: 'evict' };

const endpoint = fc.constantFrom('east', 'west');
const model = fc.constantFrom('small', 'large');

test('no key ever has two probes under way, whatever ends when, through evictions and clocks set back', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('clock'), byMs: fc.constantFrom(0, 1000, 10_000, 30_000, 60_000, -5000, -100_000) }),
    fc.record({ kind: fc.constant('claim'), endpoint, model }),
    fc.record({ kind: fc.constant('claim'), endpoint, model }),
    fc.record({
      kind: fc.constant('end'),
      which: fc.nat(),
      outcome: fc.constantFrom<Outcome>('success', 'failure', 'neutral'),
    }),
    fc.record({ kind: fc.constant('failures'), endpoint, model }),
    fc.record({ kind: fc.constant('evict') }),
  );
  let probes = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
      let nowMs = 1_000_000;
      /** Time as somebody without a clock would feel it pass. */
      let elapsedMs = 0;
      let store = evicted(new ProviderBreakers(undefined, undefined, nowMs), nowMs);
      const underWay: { claim: string; endpoint: string; model: string; keys: string[]; untilMs: number }[] = [];
      const doubled: string[] = [];
      for (const [index, current] of steps.entries()) {
        const { breakers } = store;
        if (current.kind === 'clock') {
          nowMs += current.byMs;
          elapsedMs += Math.max(0, current.byMs);
        }
        if (current.kind === 'failures') {
          breakers.report(times(6, ended('failure', current.endpoint, current.model)), 0, nowMs, config);
        }
        if (current.kind === 'claim') {
          const pair = [`endpoint:${current.endpoint}`, `model:${current.model}`];
          const keys = troubledKeys(breakers, nowMs).filter((key) => pair.includes(key));
          const decision = breakers.claim(current.endpoint, current.model, `claim-${index}`, nowMs, config);
          if (decision.kind === 'granted') {
            probes += 1;
            const taken = underWay.filter(({ untilMs }) => elapsedMs < untilMs).flatMap((probe) => probe.keys);
            doubled.push(...taken.filter((key) => keys.includes(key)));
            underWay.push({ ...current, keys, claim: decision.claim, untilMs: elapsedMs + decision.leaseMs });
          }
        }
        if (current.kind === 'end' && underWay.length > 0) {
          const [probe] = underWay.splice(current.which % underWay.length, 1);
          if (probe !== undefined) {
            breakers.report(
              [ended(current.outcome, probe.endpoint, probe.model, { claim: probe.claim })],
              0,
              nowMs,
              config,
            );
          }
        }
        if (current.kind === 'evict') store = evicted(breakers, nowMs, store.onDisk);
        else {
          const record = breakers.takeRecord(nowMs);
          if (record !== undefined) store = { breakers, onDisk: JSON.stringify(record) };
        }
      }
      expect(doubled).toEqual([]);
    }),
    { numRuns: 2000 },
  );
  expect(probes).toBeGreaterThan(1000);
});
