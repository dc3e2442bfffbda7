import type { GatewayError } from '../../http/errors.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { SseEvent } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';

/** How a stream that is read in one protocol is passed on to a client that speaks the same one, or another. */
export interface StreamWriter {
  /**
   * What the client gets for an event: nothing but text of ours, or, where that is undefined, the event as it came. Of
   * the last event of the protocol nothing is passed on: `end` is, once the call is settled.
   */
  pass(event: SseEvent, read: StreamEvent): string | undefined;
  /** Ends what is open, as a provider that kept to the cap would have. `end` follows. */
  cutOff(told: ClientUsage): string;
  /**
   * @param isKept whether the account keeps the response, where the client was told that it would. Asked for both, it
   *   answers both.
   */
  end(told: ClientUsage, isKept?: boolean): string;
  /** The whole answer as the end tells it, where the protocol's answers may be kept. */
  response?(told: ClientUsage): JsonRecord | undefined;
  error(error: GatewayError, requestId: string, costUsd: string): string;
}

/** The comment that tells a client what its call cost. */
export function costComment(costUsd: string): string {
  return `cost_usd=${costUsd}`;
}
