import { anthropicErrorBody } from '../../http/anthropic-error.ts';
import type { GatewayError } from '../../http/errors.ts';
import { CallSlots } from '../chat/call-slots.ts';
import type { ChatChunk, FinishReason } from '../chat/chunk.ts';
import type { ChunkWriter, ClientUsage } from '../chunk-writer.ts';
import { sseTypedText } from '../sse.ts';
import { piecesOf } from './answer-blocks.ts';
import { BlockWriter } from './block-writer.ts';
import { type MessageHead, messageEnd, messageObject, messageUsage, usageSoFar } from './message-end.ts';

interface StreamedMessageHead extends MessageHead {
  /** About how many tokens were put in. */
  readonly inputTokensAbout: number;
}

/** Writes an answer as a stream of the Messages API. A message is one answer: of several choices, the first. */
export class MessagesWriter implements ChunkWriter {
  readonly #head: StreamedMessageHead;
  readonly #blocks: BlockWriter;
  readonly #slots = new CallSlots();
  #isBegun = false;
  #finish: FinishReason | null = null;
  #stopSequence: string | undefined;
  #refusal: string | undefined;

  constructor(head: StreamedMessageHead) {
    this.#head = head;
    this.#blocks = new BlockWriter(head.id);
  }

  text(choice: number, text: string): string {
    if (choice !== 0) return '';
    return this.#isBegun ? this.#blocks.addText(text) : this.#begin() + this.#blocks.addText(text);
  }

  chunk({ choices, service_tier: tier }: ChatChunk): string {
    const choice = choices.find(({ index }) => index === 0);
    if (choice === undefined) return '';
    let events = this.#begin(tier);
    for (const piece of piecesOf(choice.delta, this.#slots)) events += this.#blocks.add(piece);
    if (choice.delta.refusal !== undefined) this.#refusal = (this.#refusal ?? '') + choice.delta.refusal;
    this.#stopSequence ??= choice.stop_sequence;
    if (choice.finish_reason === null) return events;
    this.#finish ??= choice.finish_reason;
    return events + this.#blocks.finish();
  }

  cutOff(): string {
    this.#finish ??= 'length';
    return this.#begin() + this.#blocks.finish();
  }

  end(usage: ClientUsage, comment: string | undefined): string {
    const ending = messageEnd({
      finish: this.#finish,
      stopSequence: this.#stopSequence,
      hasCalls: this.#blocks.hasCalls,
      refusal: this.#refusal,
    });
    return [
      this.#begin(),
      this.#blocks.finish(),
      sseTypedText('message_delta', { delta: { container: null, ...ending }, usage: usageSoFar(usage) }),
      sseTypedText('message_stop', {}, comment),
    ].join('');
  }

  error(error: GatewayError, requestId: string, comment: string | undefined): string {
    return sseTypedText('error', anthropicErrorBody(error, requestId), comment);
  }

  /** Tells an estimate of the input, as nobody has counted it yet and some clients read it only here. */
  #begin(tier?: string): string {
    if (this.#isBegun) return '';
    this.#isBegun = true;
    const usage = messageUsage({ inputTokens: this.#head.inputTokensAbout, outputTokens: 0 }, tier);
    const unended = { stop_reason: null, stop_sequence: null, stop_details: null };
    return sseTypedText('message_start', { message: messageObject(this.#head, [], unended, usage) });
  }
}
