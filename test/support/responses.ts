import type { ChatChunk, ChunkDelta, FinishReason } from '../../src/protocols/chat/chunk.ts';
import { type ResponsesCall, type ResponsesRequest, readResponsesCall } from '../../src/protocols/responses/request.ts';

export function responsesCall(body: unknown): ResponsesCall {
  return readResponsesCall(new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)));
}

export function responsesRequest(body: object): ResponsesRequest {
  return responsesCall({ input: 'Hello', ...body }).request;
}

export const toldResponse = { id: 'resp_7f', model: 'river-1', createdAt: 1_795_000_000, now: () => 1_795_000_007 };

export function chunkOf(delta: ChunkDelta, reason: FinishReason | null = null): ChatChunk {
  return { choices: [{ index: 0, delta, finish_reason: reason }] };
}

export type ResponsesEvent = Readonly<Record<string, unknown>>;

/** The events in the text of a stream. Each must be named as its data says. */
export function eventsIn(stream: string): readonly ResponsesEvent[] {
  const blocks = stream.split('\n\n').slice(0, -1);
  return blocks
    .filter((block) => !block.startsWith(':'))
    .map((block) => {
      const [, name, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
      const event: unknown = JSON.parse(data ?? 'null');
      if (typeof event !== 'object' || event === null || !('type' in event) || event.type !== name) {
        throw new Error(`no event: ${block}`);
      }
      return { ...event };
    });
}

export function typesOf(events: readonly ResponsesEvent[]): readonly unknown[] {
  return events.map(({ type }) => type);
}
