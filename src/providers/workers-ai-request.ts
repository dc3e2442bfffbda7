import { GatewayError } from '../http/errors.ts';
import { capNames } from '../protocols/chat/parameters.ts';
import type { ChatCall, ChatMessage } from '../protocols/chat/request.ts';
import { type BodyEdit, fieldEdit } from '../protocols/json/body-edit.ts';
import { scanObject } from '../protocols/json/json-scan.ts';
import { type JsonRecord, asList, asRecord, asText, parseJson } from '../protocols/json/json-value.ts';
import { memberText, readObject } from '../protocols/json/read-object.ts';

/** Puts a request in OpenAI's form into that of Workers AI. Pure. */

/** Its REST API takes OpenAI's form, but many of its models know only the plainest part of it. */
export function workersAiEdits({ request: { messages } }: ChatCall): BodyEdit[] {
  if (messages.every(isPlain)) return [];
  return [fieldEdit('messages', messages.map(plainMessage), false)];
}

/** What the binding takes beside the name of the model. */
export function bindingInputs(fields: JsonRecord): JsonRecord {
  const { model: _, response_format: format, ...rest } = fields;
  return { ...rest, ...bareSchema(format), ...chosenTool(fields) };
}

/** The texts that the binding embeds. Undefined if the input is tokens. */
export function bindingTexts({ input }: JsonRecord): readonly string[] | undefined {
  const texts = typeof input === 'string' ? [input] : asList(input);
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** The body for the binding. It is read by the same rules as the client's, so that both mean the same. */
export function fieldsOf(body: Uint8Array): JsonRecord | GatewayError {
  try {
    return asRecord(readObject(body).value) ?? {};
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

/** The fields of a request that its answer depends on. The rest is not parsed. */
export function answerFields(body: Uint8Array): { readonly cap: number | undefined; readonly asBase64: boolean } {
  const text = new TextDecoder().decode(body);
  const scan = scanObject(text);
  const field = (name: string): unknown =>
    scan.kind === 'object' ? parseJson(memberText({ text, object: scan.object }, name) ?? 'null') : null;
  const cap = capNames.map(field).find((value) => value !== null);
  return { cap: typeof cap === 'number' ? cap : undefined, asBase64: field('encoding_format') === 'base64' };
}

/** Many of its models know three roles and only text, and no message without content. */
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

/** Workers AI takes the schema alone, without a name. */
function bareSchema(format: unknown): JsonRecord {
  if (format === undefined || format === null) return {};
  const record = asRecord(format);
  const schema = asRecord(record?.['json_schema'])?.['schema'];
  return { response_format: schema === undefined ? format : { ...record, json_schema: schema } };
}

/** Workers AI can't be told which tool to use. So it is offered only that one, and must use one. */
function chosenTool({ tool_choice: choice, tools }: JsonRecord): JsonRecord {
  const name = asRecord(asRecord(choice)?.['function'])?.['name'];
  if (name === undefined) return {};
  const named = asList(tools).filter((tool) => asRecord(asRecord(tool)?.['function'])?.['name'] === name);
  return { tool_choice: 'required', tools: named };
}
