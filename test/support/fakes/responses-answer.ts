import { asRecord } from '../../../src/protocols/json/json-value.ts';
import { type Said, billOf, compose, pieces } from './compose.ts';
import {
  type FakeAnswer,
  type FakeBill,
  type FakeEvent,
  type FakeScript,
  type Json,
  answered,
  streamed,
} from './fake.ts';
import type { FakeMemory } from './memory.ts';
import type { ComposedCall } from './play.ts';
import { type AskedResponse, readResponses } from './responses-request.ts';

/** OpenAI's Responses API. */
export function answerResponses(body: Json, memory: FakeMemory, script: FakeScript = {}): FakeAnswer {
  const asked = readResponses(body, memory);
  const said = compose(asked, script);
  const bill = billOf(asked, said, { read: memory.cachedTokens(asked.model, asked.prompt.join('\u0000')), written: 0 });
  const id = `resp_fake${memory.nextCall()}`;
  const output = outputOf(id, said);
  if (body['store'] !== false) memory.keepGeneration(id, { items: [...asked.items, ...output] });
  const whole = responseOf(id, body, asked, said, output, bill);
  if (body['stream'] !== true) return answered(whole, bill, { 'x-request-id': `req_${id}` });
  return streamed([...responseEvents(whole, output)], bill, { 'x-request-id': `req_${id}` });
}

function outputOf(id: string, { reasoning, text, calls }: Said): Json[] {
  const message = {
    id: `msg_${id}`,
    type: 'message',
    status: 'completed',
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

function responseOf(
  id: string,
  body: Json,
  { model }: AskedResponse,
  { finish }: Said,
  output: readonly Json[],
  bill: FakeBill,
): Json {
  const isCut = finish === 'length';
  return {
    id,
    object: 'response',
    created_at: 1_790_000_000,
    status: isCut ? 'incomplete' : 'completed',
    background: false,
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    model,
    output,
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
    usage: {
      input_tokens: bill.inputTokens,
      input_tokens_details: { cached_tokens: bill.cachedTokens },
      output_tokens: bill.outputTokens,
      output_tokens_details: { reasoning_tokens: bill.reasoningTokens },
      total_tokens: bill.inputTokens + bill.outputTokens,
    },
    user: body['user'] ?? null,
    metadata: body['metadata'] ?? {},
  };
}

function* responseEvents(whole: Json, output: readonly Json[]): Generator<FakeEvent> {
  let sequence = 0;
  const event = (type: string, fields: Json): FakeEvent => {
    sequence += 1;
    return { event: type, data: { type, sequence_number: sequence - 1, ...fields } };
  };
  const begun = { ...whole, status: 'in_progress', incomplete_details: null, output: [], usage: null };
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  for (const [index, item] of output.entries()) {
    yield event('response.output_item.added', { output_index: index, item: emptied(item) });
    const at = { item_id: item['id'], output_index: index };
    for (const { type, fields } of partsOf(item)) yield event(type, { ...at, ...fields });
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

interface Part {
  readonly type: string;
  readonly fields: Json;
}

function* partsOf(item: Json): Generator<Part> {
  switch (item['type']) {
    case 'message': {
      const [part] = item['content'] as readonly { readonly text: string }[];
      const text = part?.text ?? '';
      const at = { content_index: 0 };
      yield { type: 'response.content_part.added', fields: { ...at, part: { ...part, text: '' } } };
      for (const delta of pieces(text))
        yield { type: 'response.output_text.delta', fields: { ...at, delta, logprobs: [] } };
      yield { type: 'response.output_text.done', fields: { ...at, text, logprobs: [] } };
      yield { type: 'response.content_part.done', fields: { ...at, part } };
      return;
    }
    case 'reasoning': {
      const [part] = item['summary'] as readonly { readonly text: string }[];
      const text = part?.text ?? '';
      const at = { summary_index: 0 };
      yield { type: 'response.reasoning_summary_part.added', fields: { ...at, part: { ...part, text: '' } } };
      for (const delta of pieces(text))
        yield { type: 'response.reasoning_summary_text.delta', fields: { ...at, delta } };
      yield { type: 'response.reasoning_summary_text.done', fields: { ...at, text } };
      yield { type: 'response.reasoning_summary_part.done', fields: { ...at, part } };
      return;
    }
    case 'custom_tool_call': {
      const input = String(item['input']);
      for (const delta of pieces(input)) yield { type: 'response.custom_tool_call_input.delta', fields: { delta } };
      yield { type: 'response.custom_tool_call_input.done', fields: { input } };
      return;
    }
    default: {
      const whole = String(item['arguments']);
      for (const delta of pieces(whole)) yield { type: 'response.function_call_arguments.delta', fields: { delta } };
      yield { type: 'response.function_call_arguments.done', fields: { arguments: whole, name: item['name'] } };
    }
  }
}
