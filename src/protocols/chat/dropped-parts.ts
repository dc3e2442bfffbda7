import type { Quirks } from '../../catalog/quirks.ts';
import { type JsonRecord, asList, asRecord } from '../json/json-value.ts';
import type { ChatCall } from './request.ts';

/**
 * What stands in the messages and tools of a chat completion that a server refuses, and that is for others: the `drop`
 * of its quirks names it `messages.x`, of a message, the parts of its content and its calls, or `tools.x`.
 */

type Place = 'messages' | 'tools';

/** Those of the names that stand somewhere in the call's own body. */
export function droppedParts(call: ChatCall, quirks: Quirks): readonly string[] {
  return places.flatMap((place) => {
    const names = namesIn(call, quirks, place);
    const list = asList(call.request[place]);
    return names
      .filter((name) => list.some((value) => holds(value, new Set([name]))))
      .map((name) => `${place}.${name}`);
  });
}

/** The messages, or the tools, without them; as they are where there are none. */
export function withoutParts<Value>(call: ChatCall, quirks: Quirks, place: Place, list: readonly Value[]) {
  const names = new Set(namesIn(call, quirks, place));
  if (names.size === 0 || !list.some((value) => holds(value, names))) return list;
  return list.map((value) => (holds(value, names) ? without(value, names) : value));
}

const places: readonly Place[] = ['messages', 'tools'];

/** Most bodies have none: that is seen without looking through them. */
function namesIn({ text }: ChatCall, { drop }: Quirks, place: Place): readonly string[] {
  return drop
    .filter((name) => name.startsWith(`${place}.`))
    .map((name) => name.slice(place.length + 1))
    .filter((name) => text.includes(`"${name}"`));
}

/** Where a message has lists of what has fields of its own. */
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
