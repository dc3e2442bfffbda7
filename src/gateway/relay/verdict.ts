import { type AttemptEnd, verdictOf } from '../../core/breaker/outcome.ts';
import { overloadedType } from '../../http/anthropic-error.ts';
import { GatewayError } from '../../http/errors.ts';
import { contextCode, withContextCode } from '../../protocols/context-fault.ts';
import type { ProviderFault } from '../../protocols/provider-fault.ts';
import type { CallEnd } from '../../core/account/record.ts';
import type { AttemptStreaming } from '../attempt/attempt.ts';
import { leaseLost } from '../attempt/failure.ts';
import { redact } from '../attempt/redact.ts';
import type { Upstream } from '../attempt/upstream.ts';
import type { Received, UnreportedEnd } from '../attempt/unreported-charge.ts';
import {
  type CallOutcome,
  type CallTerms,
  estimatedOutcome,
  heldOutcome,
  reportedOutcome,
} from '../attempt/call-outcome.ts';
import { asGatewayError } from '../../http/error-response.ts';
import { log } from '../../log.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';

/** Why reading a stream ended. */
export type StreamEnding =
  /** The provider ended it. */
  | { readonly kind: 'end' }
  /** See the upstream's `interruption`. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'fault'; readonly fault: ProviderFault }
  | { readonly kind: 'broken'; readonly cause: unknown };

interface EndedStream {
  readonly ending: StreamEnding;
  readonly attempt: Pick<AttemptStreaming, 'callee' | 'status'> & {
    readonly upstream: Pick<Upstream, 'interruption' | 'hasClientLeft' | 'isOverdue' | 'timeIsOver' | 'chargeIfEarly'>;
  };
  /** Whether the provider has said that its answer is complete. */
  readonly isComplete: boolean;
  /** Whether any output came, or any usage was reported. */
  readonly hasBegun: boolean;
  /** Whether the client has got all it was to get, with the end. */
  readonly isDelivered: boolean;
  /** Whether the client was there, but did not get all that came. */
  readonly isWithheld: boolean;
  readonly isCutOff: boolean;
  readonly hidesOutput: boolean;
}

export interface StreamVerdict {
  readonly end: CallEnd;
  /** How to charge, if the usage is unknown. */
  readonly how: UnreportedEnd;
  readonly health: AttemptEnd;
  /** What the client is told in the stream; undefined if the stream did not end early, or the client is gone. */
  readonly error?: GatewayError;
}

export function judgeStream(stream: EndedStream): StreamVerdict {
  const { ending, attempt, isComplete, isDelivered, isWithheld, isCutOff, hidesOutput } = stream;
  const { upstream, status } = attempt;
  const well: AttemptEnd = { kind: 'answered', status };
  if (isCutOff && !isWithheld) return { end: 'cut_off', how: 'cut-off', health: well };
  if (isDelivered || (isComplete && !upstream.hasClientLeft && !isWithheld)) {
    return { end: 'completed', how: hidesOutput ? 'unknown' : 'unreported', health: well };
  }
  // Any other end is charged as a call whose client left: what the provider goes on to do is unknown.
  const how = isCutOff ? 'cut-off' : upstream.chargeIfEarly;
  const neutral: AttemptEnd = { kind: 'client-left' };
  if (upstream.hasClientLeft) return { end: 'client_left', how, health: neutral };
  if (upstream.interruption === 'fenced') {
    return { end: 'fenced', how, health: neutral, error: leaseLost({}) };
  }
  if (upstream.isOverdue) {
    const error = new GatewayError('provider_timeout', upstream.timeIsOver);
    return { end: 'provider_timeout', how, health: neutral, error };
  }
  const why = inKnownWords(ending);
  const failure = providerFailure(why, attempt.callee);
  if (!stream.hasBegun && why.kind === 'fault' && isRefusal(why.fault)) {
    return { ...failure, how: 'refused', end: 'provider_refused' };
  }
  return { how, ...failure };
}

function inKnownWords(ending: StreamEnding): StreamEnding {
  return ending.kind === 'fault' ? { ...ending, fault: withContextCode(ending.fault, undefined) } : ending;
}

/** A check that comes before any output: a status could have said it, had it not been sent too soon. */
function isRefusal({ code, status }: ProviderFault): boolean {
  return status === 429 || code === contextCode;
}

function providerFailure(ending: StreamEnding, callee: AttemptStreaming['callee']): Omit<StreamVerdict, 'how'> {
  const { name } = callee.provider;
  switch (ending.kind) {
    case 'interrupted': {
      const error = new GatewayError('provider_timeout', `${name} stopped in the middle of its answer.`);
      return { end: 'stalled', health: { kind: 'stalled' }, error };
    }
    case 'fault': {
      const { message, code, type, status = 502 } = ending.fault;
      const codes = [code, type].filter((each) => each !== undefined);
      const health: AttemptEnd = { kind: 'answered', status, codes };
      const said = message === undefined ? '.' : `: ${redact(message, callee.secrets)}`;
      const error = faultError(`${name} failed in the middle of its answer${said}`, ending.fault, health);
      return { end: 'provider_failed', health, error };
    }
    case 'end':
    case 'broken': {
      const known = ending.kind === 'broken' && ending.cause instanceof GatewayError ? ending.cause : undefined;
      const lost = `The connection to ${name} ended in the middle of its answer.`;
      const error = known ?? new GatewayError('provider_error', lost);
      return { end: 'provider_failed', health: { kind: 'connect-error' }, error };
    }
  }
}

/**
 * The provider's fault, in its own words where clients act on them, as they do on `overloaded_error` and on
 * `context_length_exceeded`. A fault of the account behind the gateway's credential is not a limit of the client's.
 */
function faultError(message: string, fault: ProviderFault, health: AttemptEnd): GatewayError {
  const { code, type, status = 502, retryAfterMs } = fault;
  const { credential } = verdictOf(health);
  if (credential?.reason === 'rate-limited') {
    return new GatewayError('provider_rate_limited', message, { retryAfterMs });
  }
  if (credential !== undefined) return new GatewayError('provider_error', message);
  const isAboutRequest = status >= 400 && status < 500;
  return new GatewayError('provider_error', message, {
    providerType: isAboutRequest || type === overloadedType ? type : undefined,
    providerCode: code !== undefined && isAboutRequest && !isNumber.test(code) ? code : undefined,
  });
}

/** The status again, or a number that only the provider's own clients know. */
const isNumber = /^\d+$/;

/** How a stream ended. */
export interface Conclusion {
  readonly outcome: CallOutcome;
  /** What the client is told in the stream; undefined if it gets the stream's end, or is gone. */
  readonly error: GatewayError | undefined;
}

interface Counted {
  /** The reported usage of the whole output; undefined if there may be more. */
  readonly usage: ReportedUsage | undefined;
  readonly terms: CallTerms;
  readonly received: Received;
  readonly requestId: string;
}

/** Never throws: the call must end, or whoever waits for its outcome would wait for ever. */
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
