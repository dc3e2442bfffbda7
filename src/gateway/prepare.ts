import { type ChatCall } from '../openai/chat-request.ts';
import { capNames } from '../openai/chat-parameters.ts';
import { scanObject } from '../wire/json-scan.ts';
import { type Edit, cutBytes, cutText, cutsFor } from '../wire/json-splice.ts';
import type { Bindable } from './bound.ts';

export interface PreparedBody {
  /** What the client sent, as it sent it, where nothing had to change. */
  readonly body: Uint8Array;
  /** Whether the client itself asked for the usage at the end of a stream. If not, it must not get it. */
  readonly wantsUsage: boolean;
}

/**
 * The body for one target. All that was sent stays as it was sent, to the byte, but for the name of the model, the
 * output cap, the request for usage, and what the catalog adds for the model. @param cap the output cap that was
 * granted; undefined where nothing is to bind but what the client itself set
 */
export function prepareBody(call: ChatCall, attempt: Bindable, cap: number | undefined): PreparedBody {
  const { request, object, text, body } = call;
  const { target } = attempt.candidate;
  const wantsUsage = request.stream_options?.['include_usage'] === true;
  const edits: Edit[] = [];
  if (request.model !== target.model) edits.push({ name: 'model', value: JSON.stringify(target.model) });
  edits.push(...capEdits(call, attempt, cap));
  const canTellUsage = attempt.provider.kind !== 'openai' || attempt.provider.quirks.streamUsage;
  if (request.stream === true && canTellUsage && !wantsUsage) {
    edits.push({ name: 'stream_options', value: withUsage(call) });
  }
  edits.push(...addedParams(call, attempt, edits));
  return { body: cutBytes(body, text, cutsFor(object, edits)), wantsUsage };
}

/** Sees to it that the cap stands under the name that the server reads, and under no other. */
function capEdits(call: ChatCall, { provider }: Bindable, cap: number | undefined): Edit[] {
  const { request } = call;
  const set = capNames.filter((name) => request[name] !== undefined && request[name] !== null);
  const [only] = set.length === 1 ? set : [];
  const name = provider.kind === 'openai' ? provider.quirks.outputCap : (only ?? capNames[0]);
  if (cap === undefined) {
    // Where the client set both, which of them counts is between it and the server.
    if (only === undefined || only === name) return [];
    return [
      { name: only, value: undefined },
      { name, value: valueText(call, only) },
    ];
  }
  const others = capNames.filter((other) => other !== name && request[other] !== undefined);
  const removals = others.map((other) => ({ name: other, value: undefined }));
  return request[name] === cap ? removals : [...removals, { name, value: String(cap) }];
}

/** The client's own `stream_options`, with a request for usage put in. */
function withUsage(call: ChatCall): string {
  const edit = { name: 'include_usage', value: 'true' };
  const options = call.request.stream_options;
  const text = valueText(call, 'stream_options');
  if (text === undefined || options === undefined || options === null) return `{${JSON.stringify(edit.name)}:true}`;
  const scan = scanObject(text);
  // With a field twice in it, what it says is what it was understood to say.
  return scan.kind === 'object'
    ? cutText(text, cutsFor(scan.object, [edit]))
    : JSON.stringify({ ...options, include_usage: true });
}

/** What the catalog adds to requests for the model, where the client said nothing of the sort. */
function addedParams({ object }: ChatCall, { candidate: { model } }: Bindable, edits: readonly Edit[]): Edit[] {
  const said = new Set([...object.members, ...edits].map(({ name }) => name));
  const isCapped = capNames.some((name) => said.has(name));
  return Object.entries(model?.params ?? {})
    .filter(([name]) => !said.has(name) && !(isCapped && capNames.some((each) => each === name)))
    .map(([name, value]) => ({ name, value: JSON.stringify(value) }));
}

function valueText({ object, text }: ChatCall, name: string): string | undefined {
  const member = object.members.find((each) => each.name === name);
  return member === undefined ? undefined : text.slice(member.valueStart, member.valueEnd);
}
