import { type Edit, editText } from '../json/json-splice.ts';
import { isSet } from '../json/json-value.ts';
import { memberText } from '../json/read-object.ts';
import { capNames } from './parameters.ts';
import type { ChatCall } from './request.ts';

/**
 * Puts the cap under the name that the server reads, and under no other.
 * @param cap undefined where only what the client set is to bind
 * @param capName the server's name for it; undefined where it reads either
 */
export function chatCapEdits(call: ChatCall, cap: number | undefined, capName: string | undefined): Edit[] {
  const { request } = call;
  const set = capNames.filter((name) => isSet(request[name]));
  const [only] = set.length === 1 ? set : [];
  const name = capName ?? only ?? capNames[0];
  if (cap === undefined) {
    // Where the client set both, it is between client and server which of them counts.
    if (only === undefined || only === name) return [];
    return [
      { name: only, value: undefined },
      { name, value: memberText(call, only) },
    ];
  }
  const others = capNames.filter((other) => other !== name && request[other] !== undefined);
  const removals = others.map((other) => ({ name: other, value: undefined }));
  return request[name] === cap ? removals : [...removals, { name, value: String(cap) }];
}

/** As `chatCapEdits`, where some models read the one name and some the other. */
export function bothCapsEdits(call: ChatCall, cap: number | undefined): Edit[] {
  const { request } = call;
  const own = capNames.find((name) => isSet(request[name]));
  const value = cap === undefined ? (own === undefined ? undefined : memberText(call, own)) : String(cap);
  const number = cap ?? (own === undefined ? undefined : request[own]);
  return capNames.flatMap((name) => (request[name] === number ? [] : [{ name, value }]));
}

/** Whether the client itself asked for the usage at the end of a stream. If it did not, it must not get it. */
export function wantsUsage({ request }: ChatCall): boolean {
  return request.stream_options?.['include_usage'] === true;
}

/**
 * Asks for the usage at the end of a stream, where the client didn't.
 * @param streamUsage whether the server can be asked: Mistral rejects the question
 */
export function usageEdits(call: ChatCall, streamUsage = true): Edit[] {
  if (!streamUsage) return 'stream_options' in call.request ? [{ name: 'stream_options', value: undefined }] : [];
  return call.stream && !wantsUsage(call) ? [{ name: 'stream_options', value: withUsage(call) }] : [];
}

/** The client's own `stream_options`, with a request for usage. */
function withUsage(call: ChatCall): string {
  const edit = { name: 'include_usage', value: 'true' };
  const options = call.request.stream_options;
  const text = memberText(call, 'stream_options');
  if (text === undefined || !isSet(options)) return `{${JSON.stringify(edit.name)}:true}`;
  // With a field twice in it, it says what it was understood to say.
  return editText(text, edit) ?? JSON.stringify({ ...options, include_usage: true });
}
