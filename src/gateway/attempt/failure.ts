import type { Provider } from '../../catalog/schema.ts';
import type { CooldownReason } from '../../core/breaker/credential-cooldowns.ts';
import { type AttemptEnd, verdictOf } from '../../core/breaker/outcome.ts';
import { overloadedType } from '../../http/anthropic-error.ts';
import { type ErrorCode, type ErrorOptions, GatewayError } from '../../http/errors.ts';
import { contextCode, withContextCode } from '../../protocols/context-fault.ts';
import type { ProviderFault } from '../../protocols/provider-fault.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { CallEnd } from '../../core/account/record.ts';
import { redact, withoutSecrets } from './redact.ts';
import type { Interruption, Upstream } from './upstream.ts';
import type { Remedy } from '../../core/retry/next-step.ts';

/** An attempt that failed before anything reached the client, and all that follows from how it failed. */
export interface AttemptFailure {
  /** How the call ends, if nothing else is tried. */
  readonly end: CallEnd;
  /** What the client is told, if nothing else is tried. */
  readonly error: GatewayError;
  /** What it may have cost, if it did not say: nothing, or what `chargeUnreported` makes of it. */
  readonly charge: 'none' | 'cancelled' | 'unknown';
  /** What it says that it used. Then that is the cost, however it failed. */
  readonly usage: ReportedUsage | undefined;
  readonly remedy: Remedy;
  readonly retryAfterMs: number | undefined;
  /** What it shows about the health of the provider, and of the credential. */
  readonly health: AttemptEnd;
}

/** Who was called, for messages about it. */
export interface Callee {
  readonly provider: Pick<Provider, 'name' | 'billsFailures'>;
  /** The credentials that were sent. No message may show them. */
  readonly secrets: readonly string[];
}

/** For a longer wait the client is told not to wait by itself: it would do so literally. */
const clientWaitMsMax = 60_000;
const clientWaitMsDefault = 1000;

/** With these statuses nothing was generated, whoever the provider is: it refused, or was never reached. */
const neverBilled = new Set([501, 503, 505, 521, 522, 523, 525, 526, 529, 530]);
/** Cloudflare's statuses for a reset and a time-out after the request was sent: nobody knows what the provider did. */
const lostOnTheWay = new Set([520, 524]);
const transient = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530]);

const tooManyRequests = 429;
/** Some providers reject a prompt that does not fit as too large. Clients know it by OpenAI's status. */
const contextStatus = 400;
const overloaded = 529;
/** The account behind the credential could not pay for this request. The client can't mend that. */
const paymentRequired = 402;

/**
 * The provider answered with a status other than success.
 * @param usage what it says that it used all the same, as for an answer that failed on its way
 */
export function refusal(
  callee: Callee,
  answered: number,
  said: ProviderFault,
  retryAfterMs: number | undefined,
  usage: ReportedUsage | undefined,
): AttemptFailure {
  const fault = withContextCode(said, answered);
  const status = fault.code === contextCode ? contextStatus : answered;
  const codes = [fault.code, fault.type].filter((code) => code !== undefined);
  const message = fault.message ?? '';
  const health: AttemptEnd = { kind: 'answered', status, codes, message, retryAfterMs };
  const { credential } = verdictOf(health);
  const isRateLimited = credential?.reason === 'rate-limited';
  const credentialOut = isRateLimited ? undefined : credential?.reason;
  // Some limit their rate with another status, as OpenRouter does for concurrent requests.
  const meant = isRateLimited ? tooManyRequests : status;
  const charge = usage !== undefined ? 'unknown' : chargeOfStatus(status, callee.provider.billsFailures);
  return {
    end:
      status === 408 || status === 504 || status === 524
        ? 'provider_timeout'
        : charge === 'none'
          ? 'provider_refused'
          : 'provider_failed',
    error: errorOfStatus(callee, meant, fault, { retryAfterMs, credentialOut, isCharged: charge !== 'none' }),
    charge,
    usage,
    remedy: credentialOut !== undefined || isPage(status, fault) ? 'elsewhere' : remedyOf(meant, fault),
    retryAfterMs,
    health,
  };
}

/** Whether something in front of the provider rejected it. Another target need not have that. */
function isPage(status: number, { code, type, message }: ProviderFault): boolean {
  return status === 403 && code === undefined && type === undefined && message === undefined;
}

function chargeOfStatus(status: number, billsFailures: boolean): 'none' | 'unknown' {
  if (lostOnTheWay.has(status)) return 'unknown';
  return status < 500 || neverBilled.has(status) || !billsFailures ? 'none' : 'unknown';
}

function remedyOf(status: number, { code }: ProviderFault): Remedy {
  if (code === contextCode) return 'other-model';
  if (transient.has(status)) return 'again';
  // Another target may do better. A redirect says that this target's address is wrong.
  return status >= 500 || status < 400 || status === paymentRequired ? 'elsewhere' : 'none';
}

interface Circumstances {
  readonly retryAfterMs: number | undefined;
  /** Why the credential is out; undefined if it is not out, or only over its rate. */
  readonly credentialOut: CooldownReason | undefined;
  readonly isCharged: boolean;
}

function errorOfStatus(callee: Callee, status: number, fault: ProviderFault, is: Circumstances): GatewayError {
  const { name } = callee.provider;
  const said = fault.message === undefined ? '' : `: ${redact(fault.message, callee.secrets)}`;
  if (is.credentialOut !== undefined) {
    const why = is.credentialOut === 'out-of-credit' ? 'has run out of credit' : 'was refused';
    const message = `The gateway's own credential for ${name} ${why} (${status})${said}`;
    return new GatewayError('provider_error', message, { shouldRetry: false });
  }
  if (status === tooManyRequests) {
    const retryAfterMs = is.retryAfterMs ?? clientWaitMsDefault;
    const options = { retryAfterMs, shouldRetry: retryAfterMs <= clientWaitMsMax };
    return new GatewayError('provider_rate_limited', `${name} is limiting its rate (429)${said}`, options);
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== paymentRequired)
    return ownError(callee, status, fault);
  const code = status === 408 || status === 504 || status === 524 ? 'provider_timeout' : 'provider_error';
  const answered = status < 400 ? `answered with a redirect (${status}), which is not followed` : `answered ${status}`;
  return new GatewayError(code, `${name} ${answered}${said}`, {
    shouldRetry: is.isCharged ? false : undefined,
    providerType: isOverload(status, fault) ? overloadedType : undefined,
  });
}

/** Clients wait, or ask for another model, if they are told that a server is overloaded. */
function isOverload(status: number, { type }: ProviderFault): boolean {
  return status === overloaded || (status >= 500 && type === overloadedType);
}

/** A provider's 4xx is about the request, so it goes to the client as it came. */
function ownError(callee: Callee, status: number, fault: ProviderFault): GatewayError {
  const codes: Record<number, ErrorCode> = {
    403: 'permission_denied',
    404: 'not_found',
    409: 'conflict',
    413: 'request_too_large',
  };
  const { secrets } = callee;
  const message = redact(fault.message ?? `${callee.provider.name} answered ${status}.`, secrets);
  const code = fault.code === contextCode ? contextCode : (codes[status] ?? 'invalid_request');
  const safe = (text: string | undefined) => (text === undefined ? undefined : withoutSecrets(text, secrets));
  const { type, param } = fault;
  return new GatewayError(code, message, {
    status,
    providerType: safe(type),
    providerCode: safe(fault.code),
    param: safe(param),
  });
}

/** There was no answer, or only a part of one. `wasSent` is whether the provider may have the whole request. */
export function breakdown(callee: Callee, upstream: Upstream, wasSent: boolean, cause: unknown): AttemptFailure {
  if (upstream.interruption !== undefined) return interrupted(callee, upstream, upstream.interruption, wasSent);
  const { name } = callee.provider;
  const common = {
    remedy: 'again',
    usage: undefined,
    retryAfterMs: undefined,
    health: { kind: 'connect-error' },
  } as const;
  if (!wasSent) {
    const error = new GatewayError('provider_error', `${name} can't be reached.`, { cause });
    return { end: 'provider_refused', error, charge: 'none', ...common };
  }
  const lost = `The connection to ${name} was lost before its answer was complete.`;
  const error =
    cause instanceof GatewayError ? cause : new GatewayError('provider_error', lost, { shouldRetry: false, cause });
  return { end: 'provider_failed', error, charge: 'unknown', ...common };
}

/** The provider's answer is complete, and is no answer. */
export function nonsense(callee: Callee, what: string, usage?: ReportedUsage): AttemptFailure {
  const error = new GatewayError('provider_error', `${callee.provider.name} ${what}.`, { shouldRetry: false });
  const health: AttemptEnd = { kind: 'answered', status: 502 };
  return {
    end: 'provider_failed',
    error,
    charge: 'unknown',
    usage,
    remedy: 'elsewhere',
    retryAfterMs: undefined,
    health,
  };
}

/** A mistake that the operator must put right. Nothing was sent. */
export function misconfiguration(message: string): AttemptFailure {
  const error = new GatewayError('configuration_error', message);
  // Neutral: it says nothing about the provider.
  const health: AttemptEnd = { kind: 'client-left' };
  const usage = undefined;
  return { end: 'voided', error, charge: 'none', usage, remedy: 'elsewhere', retryAfterMs: undefined, health };
}

export function clientLeft(): GatewayError {
  return new GatewayError('client_left', 'The client left before it was answered.');
}

export function leaseLost(options: ErrorOptions): GatewayError {
  return new GatewayError(
    'ledger_unavailable',
    'The lease of this call could not be renewed, so it was ended.',
    options,
  );
}

function interrupted(callee: Callee, upstream: Upstream, why: Interruption, wasSent: boolean): AttemptFailure {
  const charge = wasSent ? 'unknown' : 'none';
  const unsaid = { usage: undefined, retryAfterMs: undefined };
  const ended = { charge, remedy: 'none', ...unsaid, health: { kind: 'client-left' } } as const;
  switch (why) {
    case 'client-left':
      return { end: 'client_left', error: clientLeft(), ...ended, charge: wasSent ? upstream.chargeIfEarly : 'none' };
    case 'fenced':
      return { end: 'fenced', error: leaseLost({ shouldRetry: !wasSent }), ...ended };
    case 'timed-out': {
      const error = new GatewayError('provider_timeout', upstream.timeIsOver, { shouldRetry: false });
      return { end: 'provider_timeout', error, ...ended };
    }
    case 'first-byte-timeout':
    case 'stalled':
    case 'cut-off':
    case 'finished': {
      const health: AttemptEnd = { kind: why === 'first-byte-timeout' ? why : 'stalled' };
      const error = new GatewayError('provider_timeout', `${callee.provider.name} did not answer in time.`, {
        shouldRetry: !wasSent,
      });
      return { end: 'provider_timeout', error, charge, remedy: 'elsewhere', ...unsaid, health };
    }
  }
}
