import type { GatewayError } from '../../http/errors.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { SseEvent } from '../../protocols/sse.ts';
import type { StreamEvent } from '../../protocols/stream-reader.ts';

/** How a stream is passed on to a client, which speaks the provider's protocol or another. */
export interface StreamWriter {
  /**
   * What the client gets for an event: text of ours, or, if undefined, the event as it came. The last event of the
   * protocol is not passed on: `end` comes once the call is settled.
   */
  pass(event: SseEvent, read: StreamEvent): string | undefined;
  /** Ends what is open, as a provider that kept to the cap would have. `end` follows. */
  cutOff(told: ClientUsage): string;
  /**
   * @param isKept whether the account keeps the response, if the client was told that it would. It may be asked
   * for both ends, one after the other.
   */
  end(told: ClientUsage, isKept?: boolean): string;
  /** The whole answer as `end` tells it, in a protocol whose answers may be kept. */
  response?(told: ClientUsage): JsonRecord | undefined;
  error(error: GatewayError, requestId: string, costUsd: string): string;
}

/** The comment that tells a client the cost of its call. */
export function costComment(costUsd: string): string {
  return `cost_usd=${costUsd}`;
}
