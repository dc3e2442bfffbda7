import type { Account, AdmitRequest, SettleRequest } from '../../src/core/account/protocol.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import type { CallFacts } from '../../src/core/account/record.ts';

/** An account as the directory describes it, with nobody above that has a ledger. The secret with the hash `secretHash` opens it. */
export const secretHash = 'a'.repeat(64);

export function account(id: string, policy: Policy = {}, version = 1): Account {
  return { id, version, secretHashes: [{ hash: secretHash }], userId: 'user-1', test: false, policy };
}

/** A call of at most ten tokens of input and `cap` of output, at a micro-dollar a token. */
export function admitRequest(
  name: string,
  more: { version?: number; cap?: number; stream?: boolean } = {},
): AdmitRequest {
  const { version = 1, cap = 100, stream = false } = more;
  const bound = {
    model: 'echo',
    fixedTokens: 10,
    fixedNanoUsd: 10_000,
    tokensPerCapToken: 1,
    picoUsdPerCapToken: 1_000_000,
    capWanted: cap,
    capLeast: cap,
  };
  return {
    secretHash,
    policyVersion: version,
    planVersion: 0,
    call: { name, endpoint: 'chat', stream, bounded: true, bound },
  };
}

export function settleRequest(holdId: string, tokens: number, facts: Partial<CallFacts> = {}): SettleRequest {
  return { holdId, tokens, nanoUsd: tokens * 1000, facts: { ...plainFacts, ...facts } };
}

const plainFacts: CallFacts = {
  requestedModel: 'echo',
  model: 'echo',
  provider: 'echo',
  providerModel: 'echo',
  attempts: 1,
  status: 200,
  end: 'completed',
  estimated: false,
  inputTokens: 10,
  cachedInputTokens: 0,
  outputTokens: 20,
  reasoningTokens: 0,
  startedAtMs: 0,
  durationMs: 5,
};
