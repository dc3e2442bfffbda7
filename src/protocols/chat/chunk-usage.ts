import { scanObject } from '../json/json-scan.ts';
import { cutText, cutsFor, editText } from '../json/json-splice.ts';
import { memberText } from '../json/read-object.ts';

/** What is changed in the usage of a chunk that is passed on. All else stays as it is, byte for byte. */

/** Where nothing follows but what hides the length of the text: then it is a member of the chunk itself. */
const atTheEnd = /,\s*"usage"\s*:\s*null(?=\s*(?:,\s*"obfuscation"\s*:\s*"[^"\\]*"\s*)?\}\s*$)/y;

/**
 * Takes out a `usage` of null, which servers put into each chunk where they are asked to tell the usage at the end.
 * Undefined where there is none. Nearly all chunks come this way, so none is parsed whose usage stands at its end.
 */
export function withoutNullUsage(data: string): string | undefined {
  const at = data.lastIndexOf('"usage"');
  if (at < 0) return undefined;
  atTheEnd.lastIndex = data.lastIndexOf(',', at);
  const found = atTheEnd.lastIndex < 0 ? null : atTheEnd.exec(data);
  if (found !== null) return data.slice(0, found.index) + data.slice(found.index + found[0].length);
  const scan = scanObject(data);
  if (scan.kind !== 'object') return undefined;
  const { object } = scan;
  const members = object.members.filter(({ name }) => name === 'usage');
  const isNull =
    members.length > 0 && members.every(({ valueStart, valueEnd }) => data.slice(valueStart, valueEnd) === 'null');
  return isNull ? cutText(data, cutsFor(object, [{ name: 'usage', value: undefined }])) : undefined;
}

/** Puts what the call cost into the usage; undefined where that is not an object. */
export function withCost(data: string, costUsd: string): string | undefined {
  const scan = scanObject(data);
  const usage = scan.kind === 'object' ? memberText({ object: scan.object, text: data }, 'usage') : undefined;
  if (usage === undefined) return undefined;
  const value = editText(usage, { name: 'cost_usd', value: JSON.stringify(costUsd) });
  return value === undefined ? undefined : editText(data, { name: 'usage', value });
}
