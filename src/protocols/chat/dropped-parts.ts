import type { Quirks } from '../../catalog/quirks.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import type { ChatCall } from './request.ts';

/**
 * Takes out parts of messages and tools that a server rejects, though others want them. The `drop` of its quirks names
 * them: `messages.x` for a field of a message, of a part of its content or of a call, `tools.x` for a field of a tool.
 */

type Place = 'messages' | 'tools';

/** The names of `drop` that stand somewhere in the call's own body. */
export function droppedParts(call: ChatCall, quirks: Quirks): readonly string[] {
  return places.flatMap((place) => {
    const names = namesIn(call, quirks, place);
    const list = asList(call.request[place]);
    return names
      .filter((name) => list.some((value) => holds(value, new Set([name]))))
      .map((name) => `${place}.${name}`);
  });
}

/** The messages, or the tools, without them; the list itself where there are none. */
export function withoutParts<Value>(call: ChatCall, quirks: Quirks, place: Place, list: readonly Value[]) {
  const names = new Set(namesIn(call, quirks, place));
  if (names.size === 0 || !list.some((value) => holds(value, names))) return list;
  return list.map((value) => (holds(value, names) ? without(value, names) : value));
}

const places: readonly Place[] = ['messages', 'tools'];

/** Most bodies have none. A search of the text shows that without looking through the values. */
function namesIn({ text }: ChatCall, { drop }: Quirks, place: Place): readonly string[] {
  return drop
    .filter((name) => name.startsWith(`${place}.`))
    .map((name) => name.slice(place.length + 1))
    .filter((name) => text.includes(`"${name}"`));
}

/** The fields of a message that are lists of objects. */
const lists = ['content', 'tool_calls'];

function holds(value: unknown, names: ReadonlySet<string>): boolean {
  const record = asRecord(value) ?? {};
  return hasAny(record, names) || lists.some((list) => asList(record[list]).some((part) => hasAny(part, names)));
}

function hasAny(value: unknown, names: ReadonlySet<string>): boolean {
  const record = asRecord(value);
  return record !== undefined && [...names].some((name) => Object.hasOwn(record, name));
}

function without(value: unknown, names: ReadonlySet<string>): JsonRecord {
  const kept = Object.entries(asRecord(value) ?? {}).filter(([name]) => !names.has(name));
  return Object.fromEntries(kept.map(([name, each]) => [name, lists.includes(name) ? inList(each, names) : each]));
}

function inList(list: unknown, names: ReadonlySet<string>): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((part: unknown) => (hasAny(part, names) ? without(part, names) : part));
}
