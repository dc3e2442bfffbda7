import { asList, asRecord } from '../../../src/protocols/json/json-value.ts';
import { type Asked, type Said, billOf, compose, inputTokens, pieces, textsIn } from './compose.ts';
import {
  type FakeAnswer,
  type FakeBill,
  type FakeEvent,
  type FakeScript,
  type Json,
  answered,
  refuse,
  streamed,
} from './fake.ts';
import type { FakeMemory } from './memory.ts';
import { blocks, readMessages } from './messages-request.ts';

/** Anthropic's Messages API. */
export function answerMessages(
  body: Json,
  headers: Readonly<Record<string, string>>,
  memory: FakeMemory,
  script: FakeScript = {},
): FakeAnswer {
  if (headers['anthropic-version'] === undefined) refuse(400, 'anthropic-version: header is required');
  const asked = readMessages(body, 'answer');
  const said = compose(asked, script);
  const cached = cacheUse(body, memory);
  const bill = billOf(asked, said, cached);
  const id = `msg_fake${memory.nextCall()}`;
  const own = { 'request-id': `req_${id}` };
  const failing = /\bfail-stream:(\d{3})\b/.exec(asked.lastText)?.[1];
  if (body['stream'] !== true) return answered(message(id, asked, said, bill, cached), bill, own);
  const events = [...messageEvents(id, asked, said, bill, cached)];
  if (failing === undefined) return streamed(events, bill, own);
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  return streamed([...events.slice(0, eventsBeforeFault), { event: 'error', data: error }], bill, own);
}

const eventsBeforeFault = 4;

export function countMessageTokens(body: Json): FakeAnswer {
  return answered({ input_tokens: inputTokens(readMessages(body, 'count').prompt) });
}

interface CacheUse {
  readonly read: number;
  readonly written: number;
  readonly isLong: boolean;
}

/** What stands before the last marker is written, but for what is read of it: all that was written before. */
function cacheUse(body: Json, memory: FakeMemory): CacheUse {
  const parts = [
    ...asList(body['tools']).map((tool) => asRecord(tool) ?? {}),
    ...blocks({ content: body['system'] ?? [] }),
    ...asList(body['messages']).flatMap((turn) => blocks(asRecord(turn) ?? {})),
  ];
  const last = parts.findLastIndex((part) => asRecord(part['cache_control']) !== undefined);
  if (last < 0) return { read: 0, written: 0, isLong: false };
  const prefix = parts.slice(0, last + 1).map((part) => textsIn(part));
  const isLong = asRecord(parts[last]?.['cache_control'])?.['ttl'] === '1h';
  const read = inputTokens(prefix.slice(0, memory.recall(String(body['model']), prefix)));
  return { read, written: inputTokens(prefix) - read, isLong };
}

function usageOf(
  { inputTokens: input, cachedTokens, cacheWriteTokens, ...bill }: FakeBill,
  { isLong }: CacheUse,
): Json {
  return {
    // Beside what was cached, not with it.
    input_tokens: input - cachedTokens - cacheWriteTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: isLong ? 0 : cacheWriteTokens,
      ephemeral_1h_input_tokens: isLong ? cacheWriteTokens : 0,
    },
    output_tokens: bill.outputTokens,
    service_tier: 'standard',
  };
}

function contentOf(id: string, { reasoning, text, calls }: Said): Json[] {
  return [
    ...(reasoning === '' ? [] : [{ type: 'thinking', thinking: reasoning, signature: 'sig-fake' }]),
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...calls.map(({ name, args }, index) => ({ type: 'tool_use', id: `toolu_${id}_${index}`, name, input: args })),
  ];
}

function stopReason({ finish, stoppedBy }: Said): string {
  if (finish === 'tool') return 'tool_use';
  return finish === 'length' ? 'max_tokens' : stoppedBy === undefined ? 'end_turn' : 'stop_sequence';
}

function message(id: string, { model }: Asked, said: Said, bill: FakeBill, cached: CacheUse): Json {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: contentOf(id, said),
    stop_reason: stopReason(said),
    stop_sequence: said.stoppedBy ?? null,
    usage: usageOf(bill, cached),
  };
}

function* messageEvents(id: string, asked: Asked, said: Said, bill: FakeBill, cached: CacheUse): Generator<FakeEvent> {
  const whole = message(id, asked, said, bill, cached);
  const begun = usageOf({ ...bill, outputTokens: 1 }, cached);
  const start = { ...whole, content: [], stop_reason: null, stop_sequence: null, usage: begun };
  yield named('message_start', { message: start });
  yield named('ping', {});
  for (const [index, block] of contentOf(id, said).entries()) {
    yield named('content_block_start', { index, content_block: emptied(block) });
    for (const delta of deltasOf(block)) yield named('content_block_delta', { index, delta });
    yield named('content_block_stop', { index });
  }
  const usage = { output_tokens: bill.outputTokens };
  const delta = { stop_reason: stopReason(said), stop_sequence: said.stoppedBy ?? null };
  yield named('message_delta', { delta, usage });
  yield named('message_stop', {});
}

function named(type: string, fields: Json): FakeEvent {
  return { event: type, data: { type, ...fields } };
}

function emptied(block: Json): Json {
  switch (block['type']) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'text':
      return { type: 'text', text: '' };
    default:
      return { ...block, input: {} };
  }
}

function* deltasOf(block: Json): Generator<Json> {
  switch (block['type']) {
    case 'thinking':
      for (const piece of pieces(String(block['thinking']))) yield { type: 'thinking_delta', thinking: piece };
      yield { type: 'signature_delta', signature: block['signature'] };
      return;
    case 'text':
      for (const piece of pieces(String(block['text']))) yield { type: 'text_delta', text: piece };
      return;
    default:
      yield { type: 'input_json_delta', partial_json: '' };
      for (const piece of pieces(JSON.stringify(block['input'])))
        yield { type: 'input_json_delta', partial_json: piece };
  }
}
