import type { Quirks } from '../../catalog/quirks.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import { memberText } from '../json/read-object.ts';
import { type BodyEdit, fieldEdit, removal } from '../json/body-edit.ts';
import { chatParameters } from './parameters.ts';
import type { ChatCall } from './request.ts';
import { foreignReasoning, isDropped } from './dropped-fields.ts';
import { withoutParts } from './dropped-parts.ts';
import { geminiFormat } from './read-message.ts';
import { withTextResults } from './text-results.ts';
import { withToolNames } from './tool-names.ts';

/**
 * The body that a particular server is sent, made of a chat completion that was translated from another protocol. The
 * translation has all that any provider could use, and servers reject what they do not know. `quirkEdits` renames the
 * fields.
 * @param reasons whether the model reasons: others reject a field that says how much
 */
export function plainChatBody(rich: JsonRecord, quirks: Quirks, reasons = true): Record<string, unknown> {
  const { messages, tools, reasoning, reasoning_effort: effort, top_k: topK, ...rest } = rich;
  return {
    ...rest,
    messages: withToolNames(
      withTextResults(asList(messages).map((message) => asRecord(message) ?? {})).map((message) =>
        plainMessage(message, quirks),
      ),
      quirks,
    ),
    ...(tools === undefined ? {} : { tools: asList(tools).map((tool) => withoutMarker(tool, quirks)) }),
    ...(reasons ? reasoningFields(asRecord(reasoning), asText(effort), quirks) : {}),
    // OpenAI has no such parameter. Only a server that has a name for it gets it.
    ...(topK === undefined || quirks.rename['top_k'] === undefined ? {} : { top_k: topK }),
  };
}

function nameFor(name: string, rename: Quirks['rename']): string {
  return Object.hasOwn(rename, name) ? (rename[name] ?? name) : name;
}

/** The fields that tell a server how much to reason, for a client that says it in OpenRouter's words. */
export function toldReasoning(reasoning: JsonRecord, quirks: Quirks, reasons: boolean): JsonRecord {
  const told = reasons ? reasoningFields(reasoning, undefined, quirks) : {};
  return Object.fromEntries(Object.entries(told).filter(([name]) => !isDropped(name, quirks)));
}

function reasoningFields(
  reasoning: JsonRecord | undefined,
  effort: string | undefined,
  { reasoning: style }: Quirks,
): JsonRecord {
  const told = effort ?? asText(reasoning?.['effort']);
  const isOff = told === 'none' || reasoning?.['enabled'] === false;
  const isTold = reasoning !== undefined || told !== undefined;
  switch (style) {
    case 'effort':
      if (told !== undefined) return { reasoning_effort: told };
      // Not every model can be told not to reason. All know this value.
      return isOff ? { reasoning_effort: 'low' } : {};
    case 'object':
      // The highest effort that OpenRouter has a name for.
      return isTold ? { reasoning: reasoning ?? { effort: told === 'max' ? 'xhigh' : told } } : {};
    case 'switch':
      return isTold ? { thinking: { type: isOff ? 'disabled' : 'enabled' } } : {};
    case 'switch-and-effort':
      if (!isTold) return {};
      if (isOff) return { thinking: { type: 'disabled' } };
      return {
        thinking: { type: 'enabled' },
        ...(told === undefined ? {} : { reasoning_effort: stepFor(told) }),
      };
    case 'steps':
      if (isOff) return { reasoning_effort: 'low' };
      return told === undefined ? {} : { reasoning_effort: stepFor(told) };
    case 'none':
      return {};
  }
}

/** DeepSeek knows low, high and max. Its own table says which one stands for those between. */
function stepFor(effort: string): string {
  switch (effort) {
    case 'minimal':
      return 'low';
    case 'medium':
    case 'xhigh':
      return 'high';
    default:
      return effort;
  }
}

function plainMessage(message: JsonRecord, quirks: Quirks): JsonRecord {
  const { role, content, reasoning_content: text, reasoning_details: details, tool_calls: calls, ...rest } = message;
  const knows = (extension: Quirks['extensions'][number]) => quirks.extensions.includes(extension);
  return {
    role: roleFor(role, quirks),
    ...(content === undefined ? {} : { content: plainContent(content, role, quirks) }),
    ...rest,
    ...(text !== undefined && knows('reasoning_content') ? { reasoning_content: text } : {}),
    ...(details !== undefined && knows('reasoning_details') ? { reasoning_details: details } : {}),
    ...(calls === undefined
      ? {}
      : {
          tool_calls: knows('thought_signature') ? signedCalls(asList(calls), asList(details)) : calls,
        }),
  };
}

function roleFor(role: unknown, { developerRole }: Quirks): unknown {
  return role === 'developer' && !developerRole ? 'system' : role;
}

/** Content of texts alone becomes a string: some servers know parts only in what a user says. */
function plainContent(content: unknown, role: unknown, quirks: Quirks): unknown {
  if (!Array.isArray(content)) return content;
  const parts: readonly unknown[] = content.map((part) => withoutMarker(part, quirks));
  const texts = parts.flatMap((part) => {
    const { type, text, cache_control: marker } = asRecord(part) ?? {};
    return type === 'text' && typeof text === 'string' && marker === undefined ? [text] : [];
  });
  if (texts.length < parts.length) return parts;
  // Several parts of an assistant are one text. Others say several things.
  return texts.join(role === 'assistant' ? '' : '\n\n');
}

function withoutMarker(part: unknown, { extensions }: Quirks): unknown {
  const fields = asRecord(part);
  if (fields?.['cache_control'] === undefined || extensions.includes('cache_control')) return part;
  const { cache_control: _marker, ...rest } = fields;
  return rest;
}

/** Gemini wants its signature back with the very call that it signed. Calls of one id each have their own. */
function signedCalls(calls: readonly unknown[], details: readonly unknown[]): readonly unknown[] {
  const signatures = new Map<unknown, unknown[]>();
  for (const value of details) {
    const { format, id, data } = asRecord(value) ?? {};
    if (format !== geminiFormat || data === undefined) continue;
    const known = signatures.get(id);
    if (known === undefined) signatures.set(id, [data]);
    else known.push(data);
  }
  for (const each of signatures.values()) each.reverse();
  return calls.map((value) => {
    const call = asRecord(value);
    const signature = signatures.get(call?.['id'])?.pop();
    if (call === undefined || signature === undefined) return value;
    return { ...call, extra_content: { google: { thought_signature: signature } } };
  });
}

/** The edits that a server's quirks need in any chat completion, whoever wrote it. */
export function quirkEdits(call: ChatCall, quirks: Quirks, reasons = true): BodyEdit[] {
  const { rename } = quirks;
  const own = new Set(call.object.members.map(({ name }) => name));
  const edits = [
    ...messageEdits(call, quirks),
    ...toolEdits(call, quirks),
    ...reasoningEdits(call, own, quirks, reasons),
  ];
  for (const name of own) {
    const other = nameFor(name, rename);
    const isGone = isDropped(name, quirks);
    if (!isGone && other === name) continue;
    if (isGone || own.has(other)) edits.push(removal(name, isNeutral(name)));
    else edits.push(...renamed(call, name, other));
  }
  return edits;
}

/**
 * How much to reason, from a client that says it in OpenRouter's words, in the server's own words. It costs no more.
 */
function reasoningEdits(call: ChatCall, own: ReadonlySet<string>, quirks: Quirks, reasons: boolean): BodyEdit[] {
  const reasoning = foreignReasoning(call, quirks);
  if (reasoning === undefined) return [];
  const told = reasons ? reasoningFields(reasoning, asText(call.request['reasoning_effort']), quirks) : {};
  const others = Object.entries(told).filter(([name]) => !own.has(name) && !isDropped(name, quirks));
  return [
    removal('reasoning', true),
    ...others.map(([name, value]) => fieldEdit(nameFor(name, quirks.rename), value, true)),
  ];
}

/** A field under a name that only its server knows has the effect that it has under the client's name. */
function renamed(call: ChatCall, name: string, other: string): readonly BodyEdit[] {
  const isAside = !chatParameters.has(other) || (isNeutral(name) && isNeutral(other));
  return [removal(name, isAside), { name: other, value: memberText(call, name), parsed: call.request[name], isAside }];
}

function isNeutral(name: string): boolean {
  return chatParameters.get(name) === 'neutral';
}

function messageEdits(call: ChatCall, quirks: Quirks): BodyEdit[] {
  const { messages } = call.request;
  const known: readonly JsonRecord[] = withoutParts(call, quirks, 'messages', messages);
  const hasDeveloper = !quirks.developerRole && messages.some(({ role }) => role === 'developer');
  const others = hasDeveloper
    ? known.map((message) => ({ ...message, role: roleFor(message['role'], quirks) }))
    : known;
  const sent = withToolNames(others, quirks);
  return sent === messages ? [] : [fieldEdit('messages', sent, false)];
}

function toolEdits(call: ChatCall, quirks: Quirks): BodyEdit[] {
  const tools = call.request.tools ?? [];
  const sent = withoutParts(call, quirks, 'tools', tools);
  return sent === tools ? [] : [fieldEdit('tools', sent, false)];
}
