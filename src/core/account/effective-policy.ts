import { parseInstant } from '../../parse-time.ts';
import { parseUsd } from '../money/usd.ts';
import type { Policy } from './policy.ts';

/** What applies to an account: its own policy, and what those above it add. */
export type EffectivePolicy = Policy & {
  /** Lists of the accounts above. A model or a provider must be allowed by each. */
  readonly listsAbove?: readonly Pick<Policy, 'models' | 'providers'>[];
};

const statuses = ['active', 'suspended', 'revoked'] as const;
type Status = (typeof statuses)[number];

/** Undefined if both are, which counts as active. */
export function strictestStatus(one: Status | undefined, other: Status | undefined): Status | undefined {
  return stricter(one, other, (status) => -statuses.indexOf(status));
}

/**
 * A policy with those of the accounts above, the nearest first. Restrictions add up: the strictest of all applies. A
 * preference is the nearest one. Limits and plans stay with the account that has them.
 */
export function effectivePolicy(own: Policy, above: readonly Policy[]): EffectivePolicy {
  const lists = above
    .map(({ models, providers }) => present({ models, providers }))
    .filter((list) => Object.keys(list).length > 0);
  const merged = above.reduce<Policy>((policy, level) => ({ ...policy, ...withLevel(policy, level) }), own);
  return { ...merged, ...(lists.length === 0 ? {} : { listsAbove: lists }) };
}

function withLevel(policy: Policy, level: Policy): Policy {
  return present({
    status: strictestStatus(policy.status, level.status),
    maxTokens: stricter(policy.maxTokens, level.maxTokens, (most) => most),
    // A time that can't be read has come.
    expiresAt: stricter(policy.expiresAt, level.expiresAt, (text) => parseInstant(text) ?? 0),
    capture: stricter(policy.capture, level.capture, (capture) => (capture === 'none' ? 0 : 1)),
    disclose: stricter(policy.disclose, level.disclose, (disclose) => (disclose === 'own' ? 0 : 1)),
    failureMode: stricter(policy.failureMode, level.failureMode, (mode) => (mode === 'closed' ? 0 : 1)),
    fallbackDailyUsd: stricter(policy.fallbackDailyUsd, level.fallbackDailyUsd, (usd) => parseUsd(usd) ?? 0),
    idempotency: stricter(policy.idempotency, level.idempotency, (mode) => (mode === 'charge-only' ? 0 : 1)),
    responses: responsesOf(policy.responses, level.responses),
    defaultModel: policy.defaultModel ?? level.defaultModel,
    fallback: policy.fallback ?? level.fallback,
    onAbort: policy.onAbort ?? level.onAbort,
    waitMs: policy.waitMs ?? level.waitMs,
  });
}

/** Nothing is kept where one level forbids it. How much and for how long is the nearest's preference. */
function responsesOf(one: Policy['responses'], other: Policy['responses']): Policy['responses'] {
  if (one === undefined || other === undefined) return one ?? other;
  return { ...other, ...one, ...(other.store === false ? { store: false } : {}) };
}

/** The stricter of two: of which the number is less. */
function stricter<Value>(
  one: Value | undefined,
  other: Value | undefined,
  leniency: (value: Value) => number,
): Value | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return leniency(other) < leniency(one) ? other : one;
}

/** Without the fields that are missing. */
function present<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  // What is left has the fields that are there, each as it was.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: NonNullable<Fields[Name]>;
  };
}
