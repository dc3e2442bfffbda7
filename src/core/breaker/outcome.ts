import { credentialOutMs, rateLimitedOutMs } from '../../limits.ts';
import type { Outcome } from './breaker.ts';
import type { CooldownReason } from './credential-cooldowns.ts';

/** How an attempt ended, as far as it matters to its provider's health. */
export type AttemptEnd =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** `code` and `type` of the provider's error body, and its message, if any. */
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
  /** How long the credential is out, and why, if it is to blame. */
  readonly credential?: { readonly outMs: number; readonly reason: CooldownReason };
}

const success: Verdict = { outcome: 'success' };
const failure: Verdict = { outcome: 'failure' };
const neutral: Verdict = { outcome: 'neutral' };

/** Not implemented, and HTTP version not supported: the request is at fault. */
const requestFaults = new Set([501, 505]);

/** The account behind the credential has nothing left to spend. */
const outOfCreditCodes = new Set([
  'insufficient_quota',
  'insufficient_balance',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  // Groq's, for a spend limit that was reached.
  'blocked_api_access',
  // OpenRouter's, by the owner of the limit.
  'openrouter_credits',
  'openrouter_key_limit',
  'openrouter_guardrail_budget',
  'openrouter_workspace_budget',
]);
/**
 * Anthropic and xAI say so only in words, Anthropic with the status and type of an invalid request. Only the beginning
 * of a message counts: it may quote the request, and else any client could put a credential out.
 */
const outOfCreditMessage = /^your (credit balance is too low|(newly created )?team .*(credits|spending limit))/i;
/** xAI and Google reject a credential with 400. */
const badCredentialMessage = /^(incorrect api key provided|api key (not valid|expired))/i;
/** The account behind the credential is out until somebody unlocks it. */
const lockedCodes = new Set(['account_locked']);
/** OpenRouter's, with 402: the calls under way use up what may be spent at once. It says when to come back. */
const inFlightCodes = new Set(['in_flight_budget_exhausted', 'openrouter_in_flight_budget']);
/** Also with 402: this request alone is more than may be spent at once. Smaller ones are not. */
const tooDearCodes = new Set(['weight_exceeds_budget']);
/** OpenRouter's, with 402: there is credit left, but this request could cost more. */
const tooDearMessage =
  /^(this request requires more credits, or fewer max_tokens.* can only afford [1-9]|prompt tokens limit exceeded)/i;

/**
 * A 403 about the model or the content of the request says nothing against the credential: else any client could put it
 * out for an hour. OpenAI and Workers AI answer so for a model that an account may not use, OpenRouter for input that
 * its moderation or a guardrail stopped.
 */
const requestCodes = new Set(['model_not_found', 'content_policy_violation', 'moderation_blocked']);
const requestMessage =
  /moderation|flagged|not (have|allowed to) access (to|this) model|model terms|^request blocked|guardrail/i;

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
  // Redirects are not followed. One means that the base URL is wrong, which says nothing about health.
  if (status < 400) return neutral;
  const has = (known: ReadonlySet<string>) => codes.some((code) => known.has(code));
  if (has(tooDearCodes) || (status === 402 && tooDearMessage.test(message))) return success;
  if (has(inFlightCodes)) return rateLimited(retryAfterMs);
  if (status === 402 || has(outOfCreditCodes) || outOfCreditMessage.test(message)) {
    return credentialOut(credentialOutMs, 'out-of-credit');
  }
  if (has(lockedCodes)) return credentialOut(credentialOutMs, 'forbidden');
  if (status === 401 || badCredentialMessage.test(message)) return credentialOut(credentialOutMs, 'unauthorized');
  if (status === 403) {
    // A page without a word of the provider: a firewall before it, which judges the content of the request.
    if (codes.length === 0 && message === '') return neutral;
    const isAboutRequest = has(requestCodes) || requestMessage.test(message);
    return isAboutRequest ? success : credentialOut(credentialOutMs, 'forbidden');
  }
  return status === 429 ? rateLimited(retryAfterMs) : success;
}

function rateLimited(retryAfterMs: number | undefined): Verdict {
  return credentialOut(Math.min(retryAfterMs ?? rateLimitedOutMs, credentialOutMs), 'rate-limited');
}

function credentialOut(outMs: number, reason: CooldownReason): Verdict {
  return { outcome: 'neutral', credential: { outMs, reason } };
}
