import { credentialOutMs, rateLimitedOutMs } from '../limits.ts';
import type { Outcome } from './breaker.ts';
import type { CooldownReason } from './credential-cooldowns.ts';

/** How an attempt ended, as far as its provider's health is concerned. */
export type AttemptEnd =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** `code` and `type` of the provider's error body, and its message, where it had any. */
      readonly codes?: readonly string[];
      readonly message?: string;
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'connect-error' }
  | { readonly kind: 'first-byte-timeout' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'client-left' };

export interface Verdict {
  readonly outcome: Outcome;
  /** Where the credential is to blame: how long it is out, and why. */
  readonly credential?: { readonly outMs: number; readonly reason: CooldownReason };
}

const success: Verdict = { outcome: 'success' };
const failure: Verdict = { outcome: 'failure' };
const neutral: Verdict = { outcome: 'neutral' };

/** Not implemented, and HTTP version not supported: the request is at fault, and any like it would get the same. */
const requestFaults = new Set([501, 505]);

/** Error codes that say the account behind the credential has nothing left to spend. */
const outOfCreditCodes = new Set([
  'insufficient_quota',
  'insufficient_balance',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
]);
/** Anthropic says so in words only, with the status and type of an invalid request. */
const outOfCreditMessage = /credit balance is too low/i;

/**
 * A 403 that is about this request's model or content says nothing against the credential, which others are using: or
 * any client could put it out for an hour. OpenAI answers so for a model that a project may not use, OpenRouter for
 * input that its moderation flagged.
 */
const requestCodes = new Set(['model_not_found', 'content_policy_violation', 'moderation_blocked']);
const requestMessage = /moderation|flagged|does not have access to model/i;

export function verdictOf(end: AttemptEnd): Verdict {
  switch (end.kind) {
    case 'connect-error':
    case 'first-byte-timeout':
    case 'stalled':
      return failure;
    case 'client-left':
      return neutral;
    case 'answered':
      return answerVerdict(end.status, end.codes ?? [], end.message ?? '', end.retryAfterMs);
  }
}

function answerVerdict(
  status: number,
  codes: readonly string[],
  message: string,
  retryAfterMs: number | undefined,
): Verdict {
  if (status >= 500) return requestFaults.has(status) ? success : failure;
  if (status < 300) return success;
  // Redirects are not followed: where one comes, the base URL is wrong, which is neither sickness nor health.
  if (status < 400) return neutral;
  if (status === 402 || codes.some((code) => outOfCreditCodes.has(code)) || outOfCreditMessage.test(message)) {
    return credentialOut(credentialOutMs, 'out-of-credit');
  }
  if (status === 401) return credentialOut(credentialOutMs, 'unauthorized');
  if (status === 403) {
    const isAboutRequest = codes.some((code) => requestCodes.has(code)) || requestMessage.test(message);
    return isAboutRequest ? success : credentialOut(credentialOutMs, 'forbidden');
  }
  if (status === 429) {
    return credentialOut(Math.min(retryAfterMs ?? rateLimitedOutMs, credentialOutMs), 'rate-limited');
  }
  return success;
}

function credentialOut(outMs: number, reason: CooldownReason): Verdict {
  return { outcome: 'neutral', credential: { outMs, reason } };
}
