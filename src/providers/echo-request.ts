import { asList, asRecord, recordsIn } from '../protocols/json/json-value.ts';
import { countEchoTokens } from './echo-tokens.ts';

/**
 * What the `echo` provider understands of a chat completion. It accepts what OpenAI would, and rejects what it can't
 * use.
 */
export interface EchoRequest {
  readonly model: EchoModel;
  /** What the user said last, or what a tool answered. */
  readonly prompt: string;
  readonly hasToolResult: boolean;
  readonly inputTokens: number;
  readonly cap: number;
  readonly choices: number;
  readonly stops: readonly string[];
  readonly tool: EchoTool | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

export interface EchoTool {
  readonly name: string;
  /** The JSON Schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

const echoModels = [
  'echo',
  'echo-slow',
  'echo-error',
  'echo-stall',
  'echo-drop',
  'echo-overrun',
  'echo-tools',
] as const;

type EchoModel = (typeof echoModels)[number];

interface EchoRefusal {
  readonly status: number;
  readonly message: string;
  readonly param: string | null;
}

type EchoParsed =
  | { readonly kind: 'request'; readonly request: EchoRequest }
  | { readonly kind: 'refused'; readonly refusal: EchoRefusal };

/** The answer to what `echo` can't use, in OpenAI's form. */
export function echoError({ status, message, param }: EchoRefusal): Response {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error';
  return Response.json({ error: { message, type, param, code: null } }, { status });
}

/** The tokens that say who speaks. A message has many more bytes than that. */
const tokensPerMessage = 3;

export function parseEchoRequest(body: Uint8Array): EchoParsed {
  const fields = asRecord(JSON.parse(new TextDecoder().decode(body)));
  if (fields === undefined) return refused(400, 'The body must be a JSON object.', null);
  const model = echoModels.find((name) => name === fields['model']);
  if (model === undefined) return refused(404, `The model '${String(fields['model'])}' does not exist.`, 'model');
  const messages = asList(fields['messages']).map((message) => asRecord(message) ?? {});
  if (messages.length === 0) return refused(400, "'messages' must hold at least one message.", 'messages');
  const cap = fields['max_completion_tokens'] ?? fields['max_tokens'] ?? Number.POSITIVE_INFINITY;
  if (typeof cap !== 'number' || cap < 1) return refused(400, 'The output cap must be at least 1.', 'max_tokens');
  const tools = asList(fields['tools']);
  const last = messages.at(-1) ?? {};
  const hasToolResult = last['role'] === 'tool';
  const asked = hasToolResult ? last : (messages.findLast(({ role }) => role === 'user') ?? last);
  const { n, stream } = fields;
  return {
    kind: 'request',
    request: {
      model,
      prompt: textOf(asked['content']),
      hasToolResult,
      inputTokens: countInput(messages, tools),
      cap,
      choices: typeof n === 'number' ? n : 1,
      stops: [fields['stop']].flat().filter((stop): stop is string => typeof stop === 'string' && stop !== ''),
      tool: chooseTool(tools, fields['tool_choice']),
      stream: stream === true,
      includeUsage: asRecord(fields['stream_options'])?.['include_usage'] === true,
    },
  };
}

function refused(status: number, message: string, param: string | null): EchoParsed {
  return { kind: 'refused', refusal: { status, message, param } };
}

function countInput(messages: readonly Readonly<Record<string, unknown>>[], tools: readonly unknown[]): number {
  let count = tools.length === 0 ? 0 : countEchoTokens(JSON.stringify(tools));
  for (const message of messages) {
    const calls = asList(message['tool_calls']);
    count += tokensPerMessage + countEchoTokens(textOf(message['content']));
    if (calls.length > 0) count += countEchoTokens(JSON.stringify(calls));
  }
  return count;
}

function chooseTool(tools: readonly unknown[], choice: unknown): EchoTool | undefined {
  if (choice === 'none') return undefined;
  const wanted = asRecord(asRecord(choice)?.['function'])?.['name'];
  for (const tool of tools) {
    const { name, parameters } = asRecord(asRecord(tool)?.['function']) ?? {};
    if (typeof name !== 'string' || (typeof wanted === 'string' && wanted !== name)) continue;
    return { name, parameters: asRecord(parameters) ?? {} };
  }
  return undefined;
}

/** A message's content is a text, or parts. Some parts have a text. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const texts = recordsIn(content).map(({ text }) => text);
  return texts.filter((text) => typeof text === 'string').join('\n');
}
