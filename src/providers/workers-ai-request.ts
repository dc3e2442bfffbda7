import { capNames } from '../openai/chat-parameters.ts';
import { type JsonRecord, asList, asRecord, asText } from '../wire/json-value.ts';

/** A request in OpenAI's words, as Workers AI is asked it. Pure. */

/** By its REST API, which knows OpenAI's words. */
export function restBody(fields: JsonRecord): JsonRecord {
  return { ...fields, ...plainMessages(fields), ...bothCaps(fields) };
}

/** By the binding: what is put in besides the name of the model. */
export function bindingInputs(fields: JsonRecord): JsonRecord {
  const { model: _, response_format: format, ...rest } = fields;
  return { ...rest, ...plainMessages(fields), ...bothCaps(fields), ...bareSchema(format), ...chosenTool(fields) };
}

/** The texts to embed, for the binding; undefined where there are none, but tokens. */
export function bindingTexts({ input }: JsonRecord): readonly string[] | undefined {
  const texts = typeof input === 'string' ? [input] : asList(input);
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** Which of its names a model reads depends on the model. One that reads neither stops after 256 tokens. */
function bothCaps(fields: JsonRecord): JsonRecord {
  const cap = outputCap(fields);
  return cap === undefined ? {} : Object.fromEntries(capNames.map((name) => [name, cap]));
}

export function outputCap(fields: JsonRecord): number | undefined {
  const cap = capNames.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
  return typeof cap === 'number' ? cap : undefined;
}

/** Many of its models know three roles and content that is text, and no message without content. */
function plainMessages({ messages }: JsonRecord): JsonRecord {
  if (!Array.isArray(messages)) return {};
  return { messages: messages.map((message: unknown) => plainMessage(asRecord(message) ?? {})) };
}

function plainMessage(message: JsonRecord): JsonRecord {
  const { role, content } = message;
  return { ...message, role: role === 'developer' ? 'system' : role, content: plainContent(content) };
}

function plainContent(content: unknown): unknown {
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) return content;
  const texts = content.map((part: unknown) => asText(asRecord(part)?.['text']));
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
