import * as v from 'valibot';
import type { Outcome } from '../../../src/core/breaker/breaker.ts';
import type { HealthReport } from '../../../src/actors/provider-health/health-messages.ts';
import { HealthRecordSchema } from '../../../src/actors/provider-health/health-record.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';

export const ended = (
  outcome: Outcome,
  endpoint: string,
  model: string,
  rest: Partial<HealthReport> = {},
): HealthReport => ({
  endpoint,
  model,
  outcome,
  elapsedMs: 0,
  ...rest,
});

export const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

export const troubledKeys = (breakers: ProviderBreakers, nowMs: number): string[] =>
  breakers.snapshot(nowMs).troubled.map(({ key }) => key);

/** What an eviction leaves of it: what is on disk, read back. */
export function evicted(
  breakers: ProviderBreakers,
  nowMs: number,
  onDisk?: string,
): { breakers: ProviderBreakers; onDisk: string } {
  const record = breakers.takeRecord(nowMs);
  const text = record === undefined ? (onDisk ?? '') : JSON.stringify(record);
  const read = text === '' ? undefined : v.parse(HealthRecordSchema, JSON.parse(text));
  return { breakers: new ProviderBreakers(read, undefined, nowMs), onDisk: text };
}
