import { type GatewayError, openAiErrorBody } from '../../http/errors.ts';
import type { ChatStream } from '../../protocols/chat/stream.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import { type SseEvent, sseDone, sseText } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';
import { withCost, withoutNullUsage } from '../../protocols/chat/chunk-usage.ts';
import { type StreamWriter, costComment } from './stream-writer.ts';

/**
 * A chat completion for a client that speaks the protocol itself: byte for byte, except the chunk that reports the
 * usage. A client that asked for the usage gets it with the cost. One that did not ask does not get it, whoever else
 * asked.
 */
export class PassingChatWriter implements StreamWriter {
  readonly #stream: ChatStream;
  readonly #wantsUsage: boolean;
  readonly #costOf: (usage: ReportedUsage) => string;
  #shownUsd: string | undefined;

  constructor(stream: ChatStream, wantsUsage: boolean, costOf: (usage: ReportedUsage) => string) {
    this.#stream = stream;
    this.#wantsUsage = wantsUsage;
    this.#costOf = costOf;
  }

  pass({ data }: SseEvent, read: StreamEvent): string | undefined {
    switch (read.kind) {
      case 'usage-only':
        return this.#wantsUsage ? this.#withCost(data, read.usage) : '';
      case 'chunk':
        return this.#wantsUsage ? this.#withCost(data, read.usage) : unasked(data);
      case 'done':
        return '';
      case 'fault':
      case 'head':
      case 'other':
        return undefined;
    }
  }

  cutOff(told: ClientUsage): string {
    const ending = sseText(this.#stream.cutOffChunk());
    const { costUsd } = told;
    if (!this.#wantsUsage || costUsd === undefined) return ending;
    this.#shownUsd = costUsd;
    return ending + sseText(this.#stream.usageChunk(told, costUsd));
  }

  end({ costUsd }: ClientUsage): string {
    return sseText(sseDone, this.#comment(costUsd));
  }

  error(error: GatewayError, requestId: string, costUsd: string): string {
    return sseText(JSON.stringify(openAiErrorBody(error, requestId)), this.#comment(costUsd));
  }

  /** Only for a client that has not read it in a chunk. */
  #comment(costUsd: string | undefined): string | undefined {
    return costUsd === undefined || costUsd === this.#shownUsd ? undefined : costComment(costUsd);
  }

  #withCost(data: string | undefined, usage: ReportedUsage | undefined): string | undefined {
    if (usage === undefined || data === undefined) return undefined;
    const costUsd = this.#costOf(usage);
    const priced = withCost(data, costUsd);
    if (priced === undefined) return undefined;
    this.#shownUsd = costUsd;
    return sseText(priced);
  }
}

/** A chunk for a client that did not ask for the usage, though the provider was asked for it. */
function unasked(data: string | undefined): string | undefined {
  const plain = data === undefined ? undefined : withoutNullUsage(data);
  return plain === undefined ? undefined : sseText(plain);
}
