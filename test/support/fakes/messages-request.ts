import { type Asked, contentIn, partOf, textsIn } from './compose.ts';
import { refuse } from './fake.ts';
import { type Json, asList, asRecord, recordsIn } from './json.ts';

/** Reads a call of the Messages API, unless it is lenient as strictly as Anthropic does. */

const fields = new Set(
  `model messages max_tokens system temperature top_p top_k stop_sequences stream metadata thinking tools tool_choice
   service_tier container mcp_servers context_management output_config output_format cache_control inference_geo speed
   fallbacks`.split(/\s+/),
);
const blockFields: Readonly<Record<string, readonly string[]>> = {
  text: ['text', 'cache_control', 'citations'],
  image: ['source', 'cache_control', 'transformations'],
  document: ['source', 'cache_control', 'title', 'context', 'citations'],
  tool_use: ['id', 'name', 'input', 'cache_control', 'caller', 'toolset_name'],
  tool_result: ['tool_use_id', 'content', 'is_error', 'cache_control'],
  thinking: ['thinking', 'signature'],
  redacted_thinking: ['data'],
  search_result: ['source', 'title', 'content', 'citations', 'cache_control'],
};
const markersMax = 4;
const budgetLeast = 1024;

export function readMessages(body: Json, purpose: 'answer' | 'count', isStrict = true): Asked {
  const { model, max_tokens: cap } = body;
  if (typeof model !== 'string') refuse(400, 'model: Field required');
  const messages = recordsIn(body['messages']);
  const tools = recordsIn(body['tools']);
  const thinks = thinking(body);
  if (isStrict) checkBody(body, purpose, messages, tools, thinks);
  const last = messages.at(-1) ?? {};
  const results = blocks(last).filter(({ type }) => type === 'tool_result');
  const said = messages.findLast((message) => message['role'] === 'user' && blocks(message).some(isText));
  const format = asRecord(asRecord(body['output_config'])?.['format']) ?? asRecord(body['output_format']);
  return {
    model,
    prompt: [
      ...partOf(body['system']),
      ...messages.map(isStrict ? textsIn : contentIn),
      ...(tools.length === 0 ? [] : [JSON.stringify(tools)]),
    ],
    lastText: blocks(said ?? {})
      .filter(isText)
      .map(textsIn)
      .join('\n'),
    toolResult: results.length === 0 ? undefined : results.map(({ content }) => textsIn(content)).join('\n'),
    tools: tools.map((tool) => ({ name: String(tool['name']), schema: tool['input_schema'] })),
    forced: forcedTool(body['tool_choice']),
    schema: format?.['schema'],
    cap: typeof cap === 'number' ? cap : Infinity,
    reasons: thinks,
    stops: asList(body['stop_sequences']).filter((stop) => typeof stop === 'string'),
  };
}

export function blocks({ content }: Json): readonly Json[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : recordsIn(content);
}

function checkBody(
  body: Json,
  purpose: 'answer' | 'count',
  messages: readonly Json[],
  tools: readonly Json[],
  thinks: boolean,
): void {
  for (const field in body) if (!fields.has(field)) refuse(400, `${field}: Extra inputs are not permitted`);
  const { model, max_tokens: cap } = body;
  if (/unknown/.test(String(model))) refuse(404, `model: ${String(model)}`);
  if (purpose === 'answer' && cap === undefined) refuse(400, 'max_tokens: Field required');
  if (cap !== undefined && (!Number.isInteger(cap) || Number(cap) < 1)) {
    refuse(400, 'max_tokens: Input should be greater than or equal to 1');
  }
  if (messages.length === 0) refuse(400, 'messages: at least one message is required');
  checkTurns(messages);
  checkThinking(body, messages, thinks);
  checkMarkers(body);
  for (const [index, { name, input_schema: schema, type }] of tools.entries()) {
    if (typeof name !== 'string') refuse(400, `tools.${index}.name: Field required`);
    if (type === undefined && asRecord(schema)?.['type'] !== 'object') {
      refuse(400, `tools.${index}.custom.input_schema.type: Field required`);
    }
  }
}

function isText({ type }: Json): boolean {
  return type === 'text';
}

/** The next turn has the result of each use of a tool, and no other result. */
function checkTurns(messages: readonly Json[]): void {
  let unanswered = new Set<unknown>();
  for (const [index, message] of messages.entries()) {
    const { role, content } = message;
    if (role !== 'user' && role !== 'assistant' && (role !== 'system' || index === 0)) {
      refuse(400, `messages.${index}.role: Input should be 'user' or 'assistant'`);
    }
    if (typeof content !== 'string' && !Array.isArray(content))
      refuse(400, `messages.${index}.content: Field required`);
    if (textsIn(content) === '' && blocks(message).every(isText) && index < messages.length - 1) {
      refuse(400, `messages.${index}: all messages must have non-empty content`);
    }
    for (const [at, block] of blocks(message).entries()) checkBlock(block, `messages.${index}.content.${at}`);
    if (role === 'system') continue;
    const results = blocks(message).filter(({ type }) => type === 'tool_result');
    for (const { tool_use_id: id } of results) {
      if (role === 'user' && unanswered.delete(id)) continue;
      refuse(400, `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(id)}`);
    }
    if (unanswered.size > 0) {
      refuse(
        400,
        `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`,
      );
    }
    unanswered = new Set(
      blocks(message)
        .filter(({ type }) => type === 'tool_use')
        .map(({ id }) => id),
    );
  }
  if (unanswered.size > 0) refuse(400, '`tool_use` ids were found without `tool_result` blocks immediately after');
}

function checkBlock(block: Json, path: string): void {
  const known = blockFields[String(block['type'])];
  if (known === undefined)
    refuse(400, `${path}: Input tag '${String(block['type'])}' found using 'type' does not match`);
  for (const field in block) {
    if (field !== 'type' && !known.includes(field)) refuse(400, `${path}.${field}: Extra inputs are not permitted`);
  }
  if (block['type'] === 'text' && block['text'] === '') refuse(400, `${path}: text content blocks must be non-empty`);
  if (block['type'] === 'thinking' && typeof block['signature'] !== 'string') {
    refuse(400, `${path}.thinking.signature: Field required`);
  }
  if (block['type'] === 'thinking' && block['signature'] !== 'sig-fake') {
    refuse(400, `${path}: Invalid \`signature\` in \`thinking\` block`);
  }
  if (block['type'] === 'tool_use' && !/^[\w-]+$/.test(String(block['id']))) {
    refuse(400, `${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  }
  if (block['type'] === 'tool_use' && asRecord(block['input']) === undefined) {
    refuse(400, `${path}.tool_use.input: Input should be a valid dictionary`);
  }
}

function thinking(body: Json): boolean {
  const type = asRecord(body['thinking'])?.['type'];
  return type === 'enabled' || type === 'adaptive';
}

function checkThinking(body: Json, messages: readonly Json[], thinks: boolean): void {
  const config = asRecord(body['thinking']);
  if (config?.['type'] === 'enabled') {
    const budget = Number(config['budget_tokens']);
    if (!(budget >= budgetLeast))
      refuse(400, 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
    if (!(Number(body['max_tokens']) > budget))
      refuse(400, '`max_tokens` must be greater than `thinking.budget_tokens`');
  }
  if (!thinks) return;
  const { temperature } = body;
  if (temperature !== undefined && temperature !== 1) {
    refuse(400, '`temperature` may only be set to 1 when thinking is enabled');
  }
  const choice = asRecord(body['tool_choice'])?.['type'];
  if (choice === 'any' || choice === 'tool')
    refuse(400, 'Thinking may not be enabled when tool_choice forces tool use.');
  const last = messages.findLast(({ role }) => role === 'assistant');
  const [first] = blocks(last ?? {});
  const uses = blocks(last ?? {}).some(({ type }) => type === 'tool_use');
  const isAnswered = blocks(messages.at(-1) ?? {}).some(({ type }) => type === 'tool_result');
  if (config?.['type'] === 'enabled' && uses && isAnswered && !String(first?.['type']).includes('thinking')) {
    refuse(400, 'Expected `thinking` or `redacted_thinking`, but found `tool_use`.');
  }
}

function checkMarkers(body: Json): void {
  const count = JSON.stringify([body['system'], body['messages'], body['tools']]).split('"cache_control":{').length - 1;
  if (count > markersMax) refuse(400, `A maximum of 4 blocks with cache_control may be provided. Found ${count}.`);
}

function forcedTool(choice: unknown): string | undefined {
  const { type, name } = asRecord(choice) ?? {};
  if (type === 'any') return 'any';
  return type === 'tool' ? String(name) : undefined;
}
