import { describe, expect, test } from 'vitest';
import type { Way } from '../load/call-body.ts';
import { seenIn } from '../load/client-answer.ts';

const way = (to: Way['to']): Way => ({ to, via: 'chat' });
const ok = { status: 200, head: '' };

const streams: Partial<Record<Way['to'], { readonly end: string; readonly error: string; readonly middle: string }>> = {
  chat: {
    end: 'data: {"choices":[]}\n\n: cost_usd=0.1\n\ndata: [DONE]\n\n',
    error: 'data: {"choices":[]}\n\ndata: {"error":{"message":"no"}}\n\n',
    middle: 'data: {"choices":[]}\n\n',
  },
  messages: {
    end: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    error: 'event: error\ndata: {"type":"error"}\n\n',
    middle: 'event: ping\ndata: {"type":"ping"}\n\n',
  },
  responses: {
    end: 'event: response.incomplete\ndata: {"type":"response.incomplete"}\n\n',
    error: 'event: response.failed\ndata: {"type":"response.failed"}\n\n',
    middle: 'event: response.created\ndata: {"type":"response.created"}\n\n',
  },
};

describe.each(Object.entries(streams))('a stream of %s', (to, { end, error, middle }) => {
  // The keys above are names of ways.
  const { kind } = { kind: (body: string) => seenIn(way(to as Way['to']), true, ok, body).kind };

  test('is served when it ends as it should', () => {
    expect(kind(middle + end)).toBe('served');
  });

  test('is a failure when it says so', () => {
    expect(kind(middle + error)).toBe('failed');
  });

  test.each(['', middle])('is malformed when it just stops after %o', (body) => {
    expect(kind(body)).toBe('malformed');
  });
});

describe('an answer', () => {
  test.each([
    ['chat', '{"object":"chat.completion"}'],
    ['messages', '{"type":"message"}'],
    ['responses', '{"object":"response"}'],
    ['embeddings', '{"object":"list"}'],
    ['count', '{"input_tokens":3}'],
  ] as const)('of %s is served when it is whole, and in its own shape', (to, body) => {
    expect(seenIn(way(to), false, ok, body).kind).toBe('served');
    expect(seenIn(way(to), false, ok, body.slice(0, -1)).kind).toBe('malformed');
    expect(seenIn(way(to), false, ok, '{"object":"other"}').kind).toBe('malformed');
  });

  test.each([
    ['false', true],
    ['true', false],
  ])('with x-should-retry %s refuses, for good: %s', (shouldRetry, final) => {
    const refused = { status: 429, head: `\r\nx-should-retry: ${shouldRetry}\r\n` };
    const openAi = '{"error":{"code":"insufficient_quota","limit":{}}}';
    const anthropic = '{"type":"error","error":{"details":{"error_code":"insufficient_quota","limit":{}}}}';
    for (const body of [openAi, anthropic]) {
      expect(seenIn(way('chat'), false, refused, body)).toEqual({ kind: 'refused', final, isWellFormed: true });
    }
    expect(seenIn(way('chat'), false, refused, '{}')).toEqual({ kind: 'refused', final, isWellFormed: false });
    expect(seenIn(way('chat'), false, { ...refused, head: '' }, openAi)).toMatchObject({ isWellFormed: false });
  });

  test('of a provider that limits us is no refusal', () => {
    const body = '{"error":{"code":"provider_rate_limited"}}';
    const seen = seenIn(way('chat'), false, { status: 429, head: '' }, body);
    expect(seen).toEqual({ kind: 'failed', what: '429 provider_rate_limited', isCall: true });
  });

  test('that nobody was asked for leaves no record', () => {
    const body = '{"type":"error","error":{"details":{"error_code":"provider_unavailable"}}}';
    expect(seenIn(way('messages'), false, { status: 529, head: '' }, body)).toMatchObject({ isCall: false });
  });

  test('to a repeat of what is under way is not a failure', () => {
    const body = '{"error":{"code":"idempotency_in_progress"}}';
    expect(seenIn(way('chat'), false, { status: 409, head: '' }, body)).toEqual({ kind: 'in-progress' });
    expect(seenIn(way('chat'), false, { status: 409, head: '' }, '{}')).toMatchObject({ kind: 'failed' });
  });
});
