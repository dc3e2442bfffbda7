import { GatewayError } from '../http/errors.ts';
import { capNames } from '../protocols/chat/parameters.ts';
import type { ChatCall, ChatMessage } from '../protocols/chat/request.ts';
import { type BodyEdit, fieldEdit } from '../protocols/json/body-edit.ts';
import { scanObject } from '../protocols/json/json-scan.ts';
import { type JsonRecord, asList, asRecord, asText, parseJson } from '../protocols/json/json-value.ts';
import { memberText, readObject } from '../protocols/json/read-object.ts';

/** A request in OpenAI's words, as Workers AI is asked it. Pure. */

/** Its REST API knows OpenAI's words, but many of its models only the plainest of them. */
export function workersAiEdits({ request: { messages } }: ChatCall): BodyEdit[] {
  if (messages.every(isPlain)) return [];
  return [fieldEdit('messages', messages.map(plainMessage), false)];
}

/** By the binding: what is put in besides the name of the model. */
export function bindingInputs(fields: JsonRecord): JsonRecord {
  const { model: _, response_format: format, ...rest } = fields;
  return { ...rest, ...bareSchema(format), ...chosenTool(fields) };
}

/** The texts to embed, for the binding; undefined where there are none, but tokens. */
export function bindingTexts({ input }: JsonRecord): readonly string[] | undefined {
  const texts = typeof input === 'string' ? [input] : asList(input);
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** The body as the binding takes it: read by the rules by which the client's was, so that both say the same. */
export function fieldsOf(body: Uint8Array): JsonRecord | GatewayError {
  try {
    return asRecord(readObject(body).value) ?? {};
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

/** What of a request its answer is made by. The rest is not parsed. */
export function answerFields(body: Uint8Array): { readonly cap: number | undefined; readonly asBase64: boolean } {
  const text = new TextDecoder().decode(body);
  const scan = scanObject(text);
  const field = (name: string): unknown =>
    scan.kind === 'object' ? parseJson(memberText({ text, object: scan.object }, name) ?? 'null') : null;
  const cap = capNames.map(field).find((value) => value !== null);
  return { cap: typeof cap === 'number' ? cap : undefined, asBase64: field('encoding_format') === 'base64' };
}

/** Many of its models know three roles and content that is text, and no message without content. */
function plainMessage(message: ChatMessage): JsonRecord {
  const { role, content } = message;
  return { ...message, role: role === 'developer' ? 'system' : role, content: plainContent(content) };
}

function isPlain({ role, content }: ChatMessage): boolean {
  return role !== 'developer' && content !== null && content !== undefined && plainContent(content) === content;
}

function plainContent(content: ChatMessage['content']): ChatMessage['content'] {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  const texts = content.map((part) => asText(part['text']));
  return texts.every((text) => text !== undefined) ? texts.join('\n') : content;
}

/** The schema stands there by itself, without a name. */
function bareSchema(format: unknown): JsonRecord {
  if (format === undefined || format === null) return {};
  const record = asRecord(format);
  const schema = asRecord(record?.['json_schema'])?.['schema'];
  return { response_format: schema === undefined ? format : { ...record, json_schema: schema } };
}

/** No tool can be named: it is the only one that is offered, and one must be used. */
function chosenTool({ tool_choice: choice, tools }: JsonRecord): JsonRecord {
  const name = asRecord(asRecord(choice)?.['function'])?.['name'];
  if (name === undefined) return {};
  const named = asList(tools).filter((tool) => asRecord(asRecord(tool)?.['function'])?.['name'] === name);
  return { tool_choice: 'required', tools: named };
}
