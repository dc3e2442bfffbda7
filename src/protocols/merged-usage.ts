import { type JsonRecord, asRecord } from './json/json-value.ts';

/**
 * Merges a later report of the usage of an answer into an earlier one. What the later one leaves out, stays. Every
 * report is about the whole answer so far, so no number becomes less: some servers report zeros after they reported
 * more.
 */
export function mergedUsage(earlier: JsonRecord, later: JsonRecord): JsonRecord {
  const said = Object.entries(later).flatMap(([name, value]) => {
    return value === null || value === undefined ? [] : [[name, merged(earlier[name], value)] as const];
  });
  return { ...earlier, ...Object.fromEntries(said) };
}

function merged(before: unknown, value: unknown): unknown {
  if (typeof before === 'number' && typeof value === 'number') return value >= 0 ? Math.max(before, value) : value;
  if (Array.isArray(before) && Array.isArray(value)) return mergedLists(before, value);
  const [one, other] = [asRecord(before), asRecord(value)];
  return one === undefined || other === undefined ? value : mergedUsage(one, other);
}

function mergedLists(before: readonly unknown[], values: readonly unknown[]): readonly unknown[] {
  const shared = values.map((value, index) => (index < before.length ? merged(before[index], value) : value));
  return [...shared, ...before.slice(values.length)];
}
