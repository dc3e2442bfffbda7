import { type Said, billOf, compose } from './compose.ts';
import { type FakeAnswer, type FakeBill, type FakeEvent, type FakeScript, answered, streamed } from './fake.ts';
import { type Json, asRecord, recordsIn } from './json.ts';
import type { FakeMemory } from './memory.ts';
import type { ComposedCall } from './play.ts';
import { readResponses } from './responses-request.ts';
import { tokensIn } from './tokens.ts';

/** OpenAI's Responses API. */
export function answerResponses(body: Json, memory: FakeMemory, script: FakeScript, isStrict: boolean): FakeAnswer {
  const asked = readResponses(body, memory, isStrict);
  const said = compose(asked, script);
  const cached = { read: memory.cachedTokens(asked.model, asked.prompt.join('\u0000')), written: 0 };
  const bill = billOf(asked, said, cached, script);
  const id = `resp_fake${memory.nextCall()}`;
  const output = outputOf(id, said);
  if (body['store'] !== false) memory.keepGeneration(id, { items: [...asked.items, ...output] });
  const isCut = said.finish === 'length';
  const whole = responseOf(body, {
    id,
    output,
    usage: usageOf(bill),
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
  });
  if (body['stream'] !== true) return answered(whole, bill, { 'x-request-id': `req_${id}` });
  return streamed([...responseEvents(whole)], bill, { 'x-request-id': `req_${id}` });
}

function usageOf({ inputTokens, cachedTokens, outputTokens, reasoningTokens }: FakeBill): Json {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

function outputOf(id: string, { reasoning, text, calls, finish }: Said): Json[] {
  const message = {
    id: `msg_${id}`,
    type: 'message',
    status: finish === 'length' ? 'incomplete' : 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
  };
  return [
    ...(reasoning === ''
      ? []
      : [{ id: `rs_${id}`, type: 'reasoning', summary: [{ type: 'summary_text', text: reasoning }] }]),
    ...(calls.length > 0 ? [] : [message]),
    ...calls.map((call, index) => callItem(`${id}_${index}`, call)),
  ];
}

function callItem(id: string, { name, args, namespace, isCustom }: ComposedCall): Json {
  const shared = {
    status: 'completed',
    call_id: `call_${id}`,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return isCustom === true
    ? { ...shared, id: `ctc_${id}`, type: 'custom_tool_call', input: String(asRecord(args)?.['input']) }
    : { ...shared, id: `fc_${id}`, type: 'function_call', arguments: JSON.stringify(args) };
}

/** A response to a request. `own` is what the request doesn't say. */
export function responseOf(body: Json, own: Json): Json {
  return {
    object: 'response',
    created_at: 1_790_000_000,
    status: 'completed',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    model: body['model'],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    reasoning: body['reasoning'] ?? { effort: null, summary: null },
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
    ...own,
  };
}

export function* responseEvents(whole: Json): Generator<FakeEvent> {
  let sequence = 0;
  const event = (type: string, fields: Json): FakeEvent => {
    sequence += 1;
    return { event: type, data: { type, sequence_number: sequence - 1, ...fields } };
  };
  const begun = { ...whole, status: 'in_progress', incomplete_details: null, output: [], usage: null };
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  for (const [index, item] of recordsIn(whole['output']).entries()) {
    yield event('response.output_item.added', { output_index: index, item: emptied(item) });
    const at = { item_id: item['id'], output_index: index };
    for (const { type, fields } of partsOf(item)) {
      yield { ...event(type, { ...at, ...fields }), isToken: textDelta.test(type) };
    }
    yield event('response.output_item.done', { output_index: index, item });
  }
  yield event(`response.${String(whole['status'])}`, { response: whole });
}

function emptied(item: Json): Json {
  switch (item['type']) {
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'reasoning':
      return { ...item, summary: [] };
    case 'custom_tool_call':
      return { ...item, status: 'in_progress', input: '' };
    default:
      return { ...item, status: 'in_progress', arguments: '' };
  }
}

const textDelta = /text\.delta$/;

interface Part {
  readonly type: string;
  readonly fields: Json;
}

function* partsOf(item: Json): Generator<Part> {
  switch (item['type']) {
    case 'message': {
      for (const [index, part] of recordsIn(item['content']).entries()) {
        const text = String(part['text']);
        const at = { content_index: index };
        yield { type: 'response.content_part.added', fields: { ...at, part: { ...part, text: '' } } };
        for (const delta of tokensIn(text))
          yield { type: 'response.output_text.delta', fields: { ...at, delta, logprobs: [] } };
        yield { type: 'response.output_text.done', fields: { ...at, text, logprobs: [] } };
        yield { type: 'response.content_part.done', fields: { ...at, part } };
      }
      return;
    }
    case 'reasoning': {
      for (const [index, part] of recordsIn(item['summary']).entries()) {
        const text = String(part['text']);
        const at = { summary_index: index };
        yield { type: 'response.reasoning_summary_part.added', fields: { ...at, part: { ...part, text: '' } } };
        for (const delta of tokensIn(text))
          yield { type: 'response.reasoning_summary_text.delta', fields: { ...at, delta } };
        yield { type: 'response.reasoning_summary_text.done', fields: { ...at, text } };
        yield { type: 'response.reasoning_summary_part.done', fields: { ...at, part } };
      }
      return;
    }
    case 'custom_tool_call': {
      const input = String(item['input']);
      for (const delta of tokensIn(input)) yield { type: 'response.custom_tool_call_input.delta', fields: { delta } };
      yield { type: 'response.custom_tool_call_input.done', fields: { input } };
      return;
    }
    default: {
      const whole = String(item['arguments']);
      for (const delta of tokensIn(whole)) yield { type: 'response.function_call_arguments.delta', fields: { delta } };
      yield { type: 'response.function_call_arguments.done', fields: { arguments: whole, name: item['name'] } };
    }
  }
}
