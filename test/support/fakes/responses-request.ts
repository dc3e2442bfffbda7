import { type Asked, contentIn, partOf, textsIn } from './compose.ts';
import { refuse } from './fake.ts';
import { type Json, asList, asRecord, recordsIn } from './json.ts';
import type { FakeMemory } from './memory.ts';
import type { OfferedTool } from './play.ts';

/** Reads a call of the Responses API, unless it is lenient as strictly as OpenAI does. */

const fields = new Set(
  `model input instructions stream stream_options temperature top_p top_logprobs tools tool_choice parallel_tool_calls
   max_output_tokens max_tool_calls reasoning include text user safety_identifier metadata store truncation
   previous_response_id conversation prompt service_tier background prompt_cache_key prompt_cache_retention
   prompt_cache_options context_management moderation
   client_metadata`.split(/\s+/),
);
const itemTypes = new Set(
  `message function_call function_call_output custom_tool_call custom_tool_call_output reasoning item_reference
   additional_tools`.split(/\s+/),
);
const capLeast = 16;
const capUnlessSet = 4096;

interface AskedResponse extends Asked {
  /** All input and output so far, for the response that continues this one. */
  readonly items: readonly unknown[];
}

export function readResponses(body: Json, memory: FakeMemory, isStrict = true): AskedResponse {
  if (isStrict) checkFields(body);
  const { model, input, max_output_tokens: cap } = body;
  if (typeof model !== 'string') refuse(400, 'you must provide a model parameter');
  if (/unknown/.test(model)) refuse(404, `The model \`${model}\` does not exist`, { code: 'model_not_found' });
  if (input === undefined) refuse(400, "Missing required parameter: 'input'.", { param: 'input' });
  const given = typeof input === 'string' ? [{ role: 'user', content: input }] : asList(input);
  const items = [...earlier(body['previous_response_id'], memory), ...given];
  const records = recordsIn(items);
  checkItems(records);
  const along = records.filter(({ type }) => type === 'additional_tools').flatMap((item) => asList(item['tools']));
  const tools = recordsIn([...asList(body['tools']), ...along]);
  for (const [index, tool] of tools.entries()) {
    if (tool['type'] === 'function' && typeof tool['name'] !== 'string') {
      refuse(400, `Missing required parameter: 'tools[${index}].name'.`, { param: `tools[${index}].name` });
    }
  }
  const last = records.at(-1) ?? {};
  const format = asRecord(asRecord(body['text'])?.['format']);
  const effort = asRecord(body['reasoning'])?.['effort'];
  return {
    model,
    items,
    prompt: [
      ...partOf(body['instructions']),
      ...records.map(isStrict ? textsIn : contentIn),
      ...(asList(body['tools']).length === 0 ? [] : [JSON.stringify(body['tools'])]),
    ],
    lastText: textsIn(records.findLast(({ role }) => role === 'user')?.['content']),
    toolResult: String(last['type']).endsWith('_call_output') ? textsIn(last['output']) : undefined,
    tools: tools.flatMap((tool) => offered(tool)),
    forced: forcedTool(body['tool_choice']),
    schema: format?.['type'] === 'json_object' ? 'any' : format?.['schema'],
    cap: typeof cap === 'number' ? cap : capUnlessSet,
    reasons: typeof effort === 'string' && effort !== 'none',
    stops: [],
  };
}

function checkFields(body: Json): void {
  for (const field in body) {
    if (!fields.has(field)) refuse(400, `Unknown parameter: '${field}'.`, { param: field, code: 'unknown_parameter' });
  }
  const { max_output_tokens: cap } = body;
  if (cap !== undefined && cap !== null && !(Number(cap) >= capLeast)) {
    refuse(400, `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= ${capLeast}.`, {
      param: 'max_output_tokens',
      code: 'integer_below_min_value',
    });
  }
}

function offered(tool: Json, namespace?: string): readonly OfferedTool[] {
  if (tool['type'] === 'namespace') {
    return recordsIn(tool['tools']).flatMap((each) => offered(each, String(tool['name'])));
  }
  return [
    {
      name: String(tool['name']),
      schema: tool['parameters'],
      isCustom: tool['type'] === 'custom',
      ...(namespace === undefined ? {} : { namespace }),
    },
  ];
}

function earlier(id: unknown, memory: FakeMemory): readonly unknown[] {
  if (typeof id !== 'string') return [];
  const kept = asRecord(memory.generation(id));
  if (kept === undefined) {
    refuse(400, `Previous response with id '${id}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
  }
  return asList(kept['items']);
}

function checkItems(items: readonly Json[]): void {
  const called = new Set<unknown>();
  const answered = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const type = item['type'] ?? 'message';
    const param = `input[${index}]`;
    if (typeof type !== 'string' || !itemTypes.has(type))
      refuse(400, `Invalid value: ${JSON.stringify(type)}.`, { param: `${param}.type` });
    if (type === 'message') checkMessage(item, param);
    if (type === 'custom_tool_call') called.add(item['call_id']);
    if (type === 'function_call') {
      if (typeof item['arguments'] !== 'string')
        refuse(400, `Invalid type for '${param}.arguments': expected a string.`, { param });
      called.add(item['call_id']);
    }
    if (type === 'function_call_output' || type === 'custom_tool_call_output') {
      answered.add(item['call_id']);
      if (!called.has(item['call_id'])) {
        refuse(400, `No tool call found for function call output with call_id ${String(item['call_id'])}.`, { param });
      }
    }
  }
  for (const id of called)
    if (!answered.has(id)) refuse(400, `No tool output found for function call ${String(id)}.`, { param: 'input' });
}

const partTypes: Readonly<Record<string, readonly string[]>> = {
  user: ['input_text', 'input_image', 'input_file', 'input_audio'],
  system: ['input_text'],
  developer: ['input_text'],
  assistant: ['output_text', 'refusal'],
};

function checkMessage({ role, content }: Json, param: string): void {
  const allowed = partTypes[String(role)];
  if (allowed === undefined) refuse(400, `Invalid value: '${String(role)}'.`, { param: `${param}.role` });
  for (const [index, part] of asList(content).entries()) {
    const type = asRecord(part)?.['type'];
    if (typeof type !== 'string' || !allowed.includes(type)) {
      refuse(400, `Invalid value: '${String(type)}'. Supported values are: ${allowed.join(', ')}.`, {
        param: `${param}.content[${index}].type`,
        code: 'invalid_value',
      });
    }
  }
}

function forcedTool(choice: unknown): string | undefined {
  if (choice === 'required') return 'any';
  const { type, name } = asRecord(choice) ?? {};
  return type === 'function' ? String(name) : undefined;
}
