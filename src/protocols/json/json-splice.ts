import { type ScannedObject, scanObject } from './json-scan.ts';

/** An edit without a value removes the member. A value is JSON text. */
export interface Edit {
  readonly name: string;
  readonly value: string | undefined;
}

/** A piece of a text, and what replaces it. */
interface Cut {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/**
 * The cuts that replace, remove, or add at the end, members of the outermost object. All else stays as it is. The cuts
 * are in order and do not overlap. They begin and end beside ASCII characters.
 */
export function cutsFor({ bodyStart, members }: ScannedObject, edits: readonly Edit[]): Cut[] {
  const values = new Map(edits.map(({ name, value }) => [name, value]));
  const cuts: Cut[] = [];
  let isAnyKept = false;
  for (const [index, { name, nameStart, valueStart, valueEnd }] of members.entries()) {
    const value = values.get(name);
    if (values.delete(name) && value === undefined) {
      // Its comma goes too: the one before it, or, where nothing before it stays, the one after it.
      const start = isAnyKept ? (members[index - 1]?.valueEnd ?? nameStart) : nameStart;
      const end = isAnyKept ? valueEnd : (members[index + 1]?.nameStart ?? valueEnd);
      cuts.push({ start, end, insert: '' });
    } else {
      isAnyKept = true;
      if (value !== undefined) cuts.push({ start: valueStart, end: valueEnd, insert: value });
    }
  }
  const added = [...values].flatMap(([name, value]) => (value === undefined ? [] : `${JSON.stringify(name)}:${value}`));
  if (added.length > 0) {
    const end = members.at(-1)?.valueEnd ?? bodyStart;
    cuts.push({ start: end, end, insert: (isAnyKept ? ',' : '') + added.join(',') });
  }
  return cuts;
}

export function cutText(text: string, cuts: readonly Cut[]): string {
  let result = '';
  let copied = 0;
  for (const { start, end, insert } of cuts) {
    result += text.slice(copied, start) + insert;
    copied = end;
  }
  return result + text.slice(copied);
}

/** Edits one member of an object in JSON text; undefined where the text is no object. */
export function editText(text: string, edit: Edit): string | undefined {
  const scan = scanObject(text);
  return scan.kind === 'object' ? cutText(text, cutsFor(scan.object, [edit])) : undefined;
}

/**
 * As `cutText`, in the bytes of the text, without writing the whole of it anew. The bytes are copied; where nothing is
 * cut they are the very bytes that came in.
 */
export function cutBytes(bytes: Uint8Array, text: string, cuts: readonly Cut[]): Uint8Array {
  if (cuts.length === 0) return bytes;
  const offsets = byteOffsets(
    cuts.flatMap(({ start, end }) => [start, end]),
    bytes,
    text,
  );
  const inserts = cuts.map(({ insert }) => encoder.encode(insert));
  const removed = cuts.reduce((sum, _, index) => sum + (offsets[2 * index + 1] ?? 0) - (offsets[2 * index] ?? 0), 0);
  const result = new Uint8Array(bytes.length - removed + inserts.reduce((sum, { length }) => sum + length, 0));
  let written = 0;
  let copied = 0;
  for (const [index, insert] of inserts.entries()) {
    const kept = bytes.subarray(copied, offsets[2 * index]);
    result.set(kept, written);
    result.set(insert, written + kept.length);
    written += kept.length + insert.length;
    copied = offsets[2 * index + 1] ?? bytes.length;
  }
  result.set(bytes.subarray(copied), written);
  return result;
}

const encoder = new TextEncoder();

/**
 * Turns ascending places in the text into places in its bytes. It does not look at the widest gap between two of them,
 * which is nearly all of a large body: the places after the gap are counted from the end.
 */
function byteOffsets(places: readonly number[], bytes: Uint8Array, text: string): readonly number[] {
  if (bytes.length === text.length) return places;
  const bounds = [0, ...places, text.length];
  const gaps = bounds.slice(1).map((end, index) => end - (bounds[index] ?? 0));
  const widest = gaps.indexOf(Math.max(...gaps));
  const lengths = gaps.map((gap, index) => {
    if (index === widest) return 0;
    const start = bounds[index] ?? 0;
    return encoder.encode(text.slice(start, start + gap)).length;
  });
  lengths[widest] = bytes.length - lengths.reduce((sum, length) => sum + length, 0);
  let offset = 0;
  return lengths.slice(0, -1).map((length) => {
    offset += length;
    return offset;
  });
}
