import { asGatewayError } from '../../http/error-response.ts';
import type { GatewayError } from '../../http/errors.ts';
import { log } from '../../log.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { Received } from '../attempt/unreported-charge.ts';
import {
  type CallOutcome,
  type CallTerms,
  estimatedOutcome,
  heldOutcome,
  reportedOutcome,
} from '../attempt/call-outcome.ts';
import type { StreamVerdict } from './verdict.ts';

/** What a stream came to. */
export interface Conclusion {
  readonly outcome: CallOutcome;
  /** What the client is told in the stream; undefined where it is told its end, or is gone. */
  readonly error: GatewayError | undefined;
}

export interface Counted {
  /** What was reported of all that was made; undefined where more may have been. */
  readonly usage: ReportedUsage | undefined;
  readonly terms: CallTerms;
  readonly received: Received;
  readonly requestId: string;
}

/** Never throws: the call must end, and whoever waits for its outcome would wait for ever. */
export function conclude(
  { end, how, health, error }: StreamVerdict,
  { usage, terms, received, requestId }: Counted,
): Conclusion {
  try {
    if (usage === undefined) return { outcome: estimatedOutcome(end, how, terms, received, health), error };
    return { outcome: reportedOutcome(end, usage, terms, health), error };
  } catch (thrown) {
    log('error', 'internal_error', { requestId, error: thrown instanceof Error ? thrown.stack : String(thrown) });
    return { outcome: heldOutcome(terms), error: asGatewayError(thrown) };
  }
}
