import { asRecord } from './json-value.ts';

/** Whether two JSON values say the same. The order of fields does not matter, and null is the same as absent. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((each, index) => isSameJson(each, other[index]))
    );
  }
  const record = asRecord(one);
  const otherRecord = asRecord(other);
  if (record === undefined || otherRecord === undefined) return (one ?? null) === null && (other ?? null) === null;
  const names = new Set([...Object.keys(record), ...Object.keys(otherRecord)]);
  return [...names].every((name) => isSameJson(ownValue(record, name), ownValue(otherRecord, name)));
}

function ownValue(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
