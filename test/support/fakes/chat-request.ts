import { type Asked, contentIn, textsIn } from './compose.ts';
import type { ChatName, Dialect } from './dialects.ts';
import { refuse } from './fake.ts';
import { type Json, asList, asRecord, recordsIn } from './json.ts';

/** Reads a chat completion as strictly as the provider does. */
export function readChat(name: ChatName, dialect: Dialect, body: Json): Asked {
  if (dialect.fields !== 'any') {
    for (const field in body) if (!dialect.fields.has(field)) refuseField(name, field);
  }
  const { model } = body;
  if (typeof model !== 'string' || model === '') refuse(400, 'you must provide a model parameter');
  if (/unknown/.test(model)) {
    refuse(404, `The model \`${model}\` does not exist`, { code: 'model_not_found' });
  }
  if (name === 'workers-ai' && !model.startsWith('@cf/')) refuse(404, `No such model ${model} or task`);
  const messages = recordsIn(body['messages']);
  if (messages.length === 0) refuse(400, "Invalid 'messages': empty array.", { param: 'messages' });
  const asksToReason = reasoningAsked(body) ?? dialect.reasonsUnasked;
  checkMessages(name, dialect, messages, asksToReason);
  checkFields(name, dialect, body, asksToReason);
  const tools = asList(body['tools']).map((tool) => asRecord(asRecord(tool)?.['function']) ?? {});
  const last = messages.at(-1) ?? {};
  const said = messages.findLast(({ role }) => role === 'user')?.['content'];
  return {
    model,
    prompt: [
      ...messages.map(name === 'lenient' ? contentIn : textsIn),
      ...(tools.length === 0 ? [] : [JSON.stringify(tools)]),
    ],
    lastText: textsIn(said),
    toolResult: last['role'] === 'tool' ? textsIn(last['content']) : undefined,
    tools: tools.map((tool) => ({ name: String(tool['name']), schema: tool['parameters'] })),
    forced: forcedTool(body['tool_choice']),
    schema: schemaAsked(body['response_format']),
    cap: capOf(dialect, body),
    reasons: asksToReason,
    stops: [body['stop'] ?? []].flat().filter((stop) => typeof stop === 'string'),
  };
}

function refuseField(name: ChatName, field: string): never {
  switch (name) {
    case 'mistral':
      return refuse(422, 'Extra inputs are not permitted', { param: field, code: 'extra_forbidden' });
    case 'google':
      return refuse(400, `Invalid JSON payload received. Unknown name "${field}": Cannot find field.`);
    case 'groq':
      return refuse(400, `property '${field}' is unsupported`);
    default:
      return refuse(400, `Unknown parameter: '${field}'.`, { param: field, code: 'unknown_parameter' });
  }
}

function checkMessages(name: ChatName, dialect: Dialect, messages: readonly Json[], reasons: boolean): void {
  let unanswered = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    const { role, content, tool_calls: calls } = message;
    if (typeof role !== 'string' || !dialect.roles.has(role)) refuseRole(name, index, String(role));
    for (const field of dialect.refusedInMessages) {
      const inParts = asList(content).some((part) => field in (asRecord(part) ?? {}));
      if (field in message || inParts) refuseField(name, `messages[${index}].${field}`);
    }
    if (role === 'tool') {
      if (name === 'google' && !message['name']) {
        const path = `GenerateContentRequest.contents[${index}].parts[0].function_response.name`;
        refuse(400, `* ${path}: Name cannot be empty.`);
      }
      if (!unanswered.delete(message['tool_call_id'])) {
        refuse(400, "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", {
          param: `messages[${index}].role`,
        });
      }
      continue;
    }
    if (unanswered.size > 0) {
      refuse(400, `tool_call_ids did not have response messages: ${[...unanswered].join(', ')}`);
    }
    unanswered = new Set(asList(calls).map((call) => asRecord(call)?.['id']));
    if (
      role === 'assistant' &&
      name === 'deepseek' &&
      reasons &&
      unanswered.size > 0 &&
      !message['reasoning_content']
    ) {
      refuse(400, `Missing \`reasoning_content\` field in the assistant message at message index ${index}.`);
    }
    if (role !== 'assistant' && (content === null || content === undefined)) {
      refuse(400, `Invalid value for 'content': expected a string, got null.`, { param: `messages[${index}].content` });
    }
  }
  if (unanswered.size > 0) refuse(400, `tool_call_ids did not have response messages: ${[...unanswered].join(', ')}`);
  if (name === 'mistral' && messages.at(-1)?.['role'] === 'assistant' && messages.at(-1)?.['prefix'] !== true) {
    refuse(400, 'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant');
  }
}

function refuseRole(name: ChatName, index: number, role: string): never {
  if (name === 'deepseek') {
    return refuse(
      422,
      `Failed to deserialize the JSON body into the target type: messages[${index}].role: unknown variant`,
    );
  }
  if (name === 'mistral')
    return refuse(422, `Input tag '${role}' found using 'role' does not match any of the expected tags`);
  return refuse(400, name === 'zai' ? 'Incorrect role information' : `Invalid value: '${role}'.`, {
    param: `messages[${index}].role`,
  });
}

const reasoningModel = /^(openai\/)?(gpt-[5-9]|o\d)/;

function checkFields(name: ChatName, dialect: Dialect, body: Json, reasons: boolean): void {
  if (name === 'openai' && body['max_tokens'] !== undefined && reasoningModel.test(String(body['model']))) {
    refuse(400, "Unsupported parameter: 'max_tokens' is not supported with this model.", {
      param: 'max_tokens',
      code: 'unsupported_parameter',
    });
  }
  if (name === 'xai' && reasons) {
    for (const field of ['stop', 'presence_penalty', 'frequency_penalty']) {
      if (body[field] !== undefined) refuse(400, `Argument not supported on this model: ${field}`);
    }
  }
  if (name === 'groq' && body['n'] !== undefined && body['n'] !== 1) refuse(400, "'n' : number must be at most 1");
  if (!dialect.jsonSchema && asRecord(body['response_format'])?.['type'] === 'json_schema') {
    refuse(400, 'This response_format type is unavailable now');
  }
  if (body['stream_options'] !== undefined && body['stream'] !== true) {
    refuse(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
      param: 'stream_options',
    });
  }
  const caps = dialect.caps.filter((cap) => body[cap] !== undefined && body[cap] !== null);
  if (name === 'openai' && caps.length > 1)
    refuse(400, 'Setting both max_tokens and max_completion_tokens is not supported.');
  for (const cap of caps) {
    if (!Number.isInteger(body[cap]) || Number(body[cap]) < 1) {
      refuse(400, `Invalid '${cap}': integer below minimum value. Expected a value >= 1.`, { param: cap });
    }
  }
}

const capUnlessSet = 4096;

function capOf({ caps }: Dialect, body: Json): number {
  const cap = caps.map((name) => body[name]).find((value) => value !== undefined && value !== null);
  return typeof cap === 'number' ? cap : capUnlessSet;
}

/** Undefined where the request doesn't say. */
function reasoningAsked(body: Json): boolean | undefined {
  const { reasoning_effort: effort } = body;
  const thinking = asRecord(body['thinking'])?.['type'];
  const reasoning = asRecord(body['reasoning']);
  if (typeof thinking === 'string') return thinking === 'enabled';
  if (typeof effort === 'string') return effort !== 'none';
  if (reasoning !== undefined) return reasoning['enabled'] !== false && reasoning['effort'] !== 'none';
  return undefined;
}

function schemaAsked(format: unknown): unknown {
  const record = asRecord(format);
  if (record?.['type'] === 'json_object') return 'any';
  const wrapped = asRecord(record?.['json_schema']);
  return wrapped === undefined ? undefined : (wrapped['schema'] ?? wrapped);
}

function forcedTool(choice: unknown): string | undefined {
  if (choice === 'required' || choice === 'any') return 'any';
  const name = asRecord(asRecord(choice)?.['function'])?.['name'];
  return typeof name === 'string' ? name : undefined;
}
