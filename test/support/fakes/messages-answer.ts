import { type Said, billOf, compose, inputTokens, textsIn } from './compose.ts';
import {
  type FakeAnswer,
  type FakeBill,
  type FakeEvent,
  FakeRefusal,
  type FakeScript,
  answered,
  streamed,
} from './fake.ts';
import { faultEvent } from './fault-shapes.ts';
import { type Json, asList, asRecord, recordsIn } from './json.ts';
import type { FakeMemory } from './memory.ts';
import { blocks, readMessages } from './messages-request.ts';
import { tokensIn } from './tokens.ts';

/** Anthropic's Messages API. */
export function answerMessages(body: Json, memory: FakeMemory, script: FakeScript, isStrict: boolean): FakeAnswer {
  const asked = readMessages(body, 'answer', isStrict);
  const said = compose(asked, script);
  const cached = cacheUse(body, memory);
  const bill = billOf(asked, said, cached, script);
  const number = memory.nextCall();
  const id = `msg_fake${number}`;
  const own = { 'request-id': `req_${id}` };
  const usage = usageOf(bill, cached);
  const whole = messageOf({ id, model: asked.model, usage }, said);
  if (body['stream'] !== true) return answered(whole, bill, own);
  // Some servers repeat the whole usage at the end, some say only how much came out.
  const endUsage = number % 2 === 0 ? usage : { output_tokens: bill.outputTokens };
  const events = [...messageEvents(whole, { ...usage, output_tokens: 1 }, endUsage)];
  if (!/\bfail-stream:(\d{3})\b/.test(asked.lastText)) return streamed(events, bill, own);
  const refusal = new FakeRefusal(529, 'Overloaded');
  return streamed([...events.slice(0, eventsBeforeFault), faultEvent('anthropic', refusal)], bill, own);
}

const eventsBeforeFault = 4;

export function countMessageTokens(body: Json, script: FakeScript, isStrict: boolean): FakeAnswer {
  return answered({ input_tokens: inputTokens(readMessages(body, 'count', isStrict).prompt, script) });
}

interface CacheUse {
  readonly read: number;
  readonly written: number;
  readonly isLong: boolean;
}

/** All up to the last marker is cached. Of that, the call reads what earlier calls wrote, and writes the rest. */
function cacheUse(body: Json, memory: FakeMemory): CacheUse {
  const parts = [
    ...recordsIn(body['tools']),
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
    // Without what is cached.
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

interface MessageEnvelope {
  readonly id: string;
  readonly model: unknown;
  readonly usage: unknown;
}

export function messageOf({ id, model, usage }: MessageEnvelope, said: Said): Json {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: contentOf(id, said),
    stop_reason: stopReason(said),
    stop_sequence: said.stoppedBy ?? null,
    usage,
  };
}

function* messageEvents(whole: Json, startUsage: Json, usage: Json): Generator<FakeEvent> {
  const { stop_reason, stop_sequence } = whole;
  const start = { ...whole, content: [], stop_reason: null, stop_sequence: null, usage: startUsage };
  yield named('message_start', { message: start });
  for (const [index, block] of recordsIn(whole['content']).entries()) {
    yield named('content_block_start', { index, content_block: emptied(block) });
    if (index === 0) yield named('ping', {});
    for (const delta of deltasOf(block)) {
      const isToken = 'text' in delta || 'thinking' in delta;
      yield { ...named('content_block_delta', { index, delta }), isToken };
    }
    yield named('content_block_stop', { index });
  }
  yield named('message_delta', { delta: { stop_reason, stop_sequence }, usage });
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
      for (const token of tokensIn(String(block['thinking']))) yield { type: 'thinking_delta', thinking: token };
      yield { type: 'signature_delta', signature: block['signature'] };
      return;
    case 'text':
      for (const token of tokensIn(String(block['text']))) yield { type: 'text_delta', text: token };
      return;
    default:
      yield { type: 'input_json_delta', partial_json: '' };
      for (const token of tokensIn(JSON.stringify(block['input'])))
        yield { type: 'input_json_delta', partial_json: token };
  }
}
