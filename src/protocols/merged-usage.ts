import { type JsonRecord, asRecord } from './json/json-value.ts';

/**
 * What a later report says, over what an earlier one of the same answer has said: what it says nothing of, stays. All
 * of it is of the whole answer so far, so none becomes less: some servers put zeros where they said more before.
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
