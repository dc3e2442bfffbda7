import type { GatewayError } from '../http/errors.ts';
import { failedEvent } from '../openai/responses-error.ts';
import type { ResponsesStream } from '../openai/responses-stream.ts';
import type { ToldUsage } from '../openai/answer-sink.ts';
import { type Passage, costComment } from './passage.ts';

/** A response for a client of the Responses API whose provider speaks it: its bytes, up to the last event. */
export class ResponsesPassage implements Passage {
  readonly #stream: ResponsesStream;
  #isCutOff = false;

  constructor(stream: ResponsesStream) {
    this.#stream = stream;
  }

  pass(): string | undefined {
    // Of what comes after the last event nothing is the client's: it would be told twice that it has all.
    return this.#stream.isDone ? '' : undefined;
  }

  cutOff(told: ToldUsage): string {
    this.#isCutOff = true;
    return this.#stream.cutOffEvent(told, comment(told));
  }

  end(told: ToldUsage): string {
    // Where it was cut off, its last event has been written.
    return this.#isCutOff ? '' : this.#stream.lastEvent(comment(told));
  }

  error(error: GatewayError, requestId: string, costUsd: string): string {
    return failedEvent(this.#stream.envelope, error, requestId, costComment(costUsd));
  }
}

function comment({ costUsd }: ToldUsage): string | undefined {
  return costUsd === undefined ? undefined : costComment(costUsd);
}
