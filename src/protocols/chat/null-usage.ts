import { scanObject } from '../json/json-scan.ts';
import { cutText, cutsFor } from '../json/json-splice.ts';

/** Where nothing follows but what hides the length of the text: then it is a member of the chunk itself. */
const atTheEnd = /,\s*"usage"\s*:\s*null(?=\s*(?:,\s*"obfuscation"\s*:\s*"[^"\\]*"\s*)?\}\s*$)/y;

/**
 * A chunk without the `usage` of null that servers put into each where they are asked to tell the usage at the end.
 * Undefined where it has none. Nearly all chunks come this way, so that none is parsed whose usage stands at its end.
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
