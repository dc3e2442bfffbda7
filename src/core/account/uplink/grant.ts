import type { Answer, Bound } from '../../ledger/command.ts';
import { type EpochMs, epochMs } from '../../ledger/epoch-ms.ts';
import { inScope, modelNames } from '../../ledger/limit.ts';
import { openHoldsMax } from '../../../limits.ts';
import { executeLedger, levelOf } from '../execute.ts';
import type { TenantState } from '../fold.ts';
import type { LostReply } from '../protocol.ts';
import type { Row } from '../row.ts';
import type { Ask, AskAnswer, AskReply, AskRequest, Trim } from './ask.ts';
import { type Below, executeTake, holdName, isOver } from './below.ts';
import { belowHoldMs } from './ask-limits.ts';

/** What an account answers whose ledger is lost. */
export function deniedReply({ delivery, asks }: AskRequest, lost: LostReply): AskReply {
  const answers = asks.map(() => ({ kind: 'denied', reason: 'lost' }) as const);
  return { ...(delivery === undefined ? {} : { take: lost }), answers };
}

/** Answers an account below. What it owes is taken first: so what has ended takes no room from what is asked. */
export function executeAsk(state: TenantState, request: AskRequest, row: Row): AskReply {
  const { delivery, trims, asks } = request;
  const take = delivery === undefined ? {} : { take: executeTake(state, delivery, row) };
  for (const trim of trims) trimHold(state, request, trim, row);
  const answers = asks.map((ask) => answerTo(state, request, ask, row));
  return { ...take, answers, ...(asks.length === 0 ? {} : { level: levelOf(state, row.at) }) };
}

/** When the first hold of an account below is given up. All are kept for equally long, so it is the oldest. */
export function nextSilenceMs({ ledger }: TenantState): number {
  const [first] = ledger.open.values();
  return first?.below === undefined ? Number.POSITIVE_INFINITY : first.endsBy;
}

/** Ends the holds of accounts below that were not heard of for too long. They are charged until somebody says more. */
export function executeSilence({ ledger }: TenantState, row: Row): void {
  for (const { id, below, endsBy } of ledger.open.values()) {
    if (below === undefined || endsBy > row.nowMs) return;
    row.record({ type: 'expired', id });
  }
}

function trimHold({ ledger }: TenantState, from: Below, { n, attempt, cap, tokens, nanoUsd }: Trim, row: Row): void {
  const id = ledger.openNames.get(holdName(from, n));
  const hold = id === undefined ? undefined : ledger.open.get(id);
  if (hold === undefined || hold.attempt !== attempt || hold.cap <= cap) return;
  row.record({ type: 'confirmed', id: hold.id, cap, tokens, nanoUsd });
}

function answerTo(state: TenantState, from: Below, ask: Ask, row: Row): AskAnswer {
  const { ledger, account } = state;
  const name = holdName(from, ask.n);
  const id = ledger.openNames.get(name);
  const known = id === undefined ? undefined : ledger.open.get(id);
  if (ask.kind === 'extend') {
    if (known === undefined) return { kind: 'ended' };
    const spentTokens = ask.spentTokens - known.spentTokens;
    const spentNanoUsd = ask.spentNanoUsd - known.spentNanoUsd;
    const { attempt, bound } = ask;
    return answerOf(
      executeLedger(state, { type: 'extend', holdId: known.id, attempt, spentTokens, spentNanoUsd, bound }, row),
    );
  }
  if (known !== undefined) return { kind: 'granted', cap: known.cap };
  if (ledger.unresolved.has(name) || isOver(state.over, from, ask.n)) return { kind: 'ended' };
  const endsBy = epochMs(row.nowMs + belowHoldMs);
  if (ask.kind === 'adopt') return adopt(state, name, ask, endsBy, row);
  const status = account?.policy.status;
  if (status === 'suspended' || status === 'revoked') return { kind: 'denied', reason: status };
  const { call } = ask;
  if (!call.bounded && usesAnything(call.bound) && isLimited(state, call)) return { kind: 'unbounded' };
  return answerOf(executeLedger(state, { type: 'admit', name, ...call, endsBy, below: ask.n }, row));
}

/** Takes in a hold that was admitted before it was asked for. It may exceed a limit, which came later. */
function adopt(
  state: TenantState,
  name: string,
  ask: Extract<Ask, { kind: 'adopt' }>,
  endsBy: EpochMs,
  row: Row,
): AskAnswer {
  if (state.ledger.open.size >= openHoldsMax) return { kind: 'full' };
  const { n, attempt, spentTokens, spentNanoUsd, call } = ask;
  const { endpoint, stream, bounded, bound } = call;
  const { fixedTokens: tokens, fixedNanoUsd: nanoUsd, capWanted: cap } = bound;
  row.record({
    type: 'admitted',
    id: row.nextId(),
    name,
    endpoint,
    ...modelNames(bound),
    stream,
    bounded,
    tokens,
    nanoUsd,
    cap,
    endsBy,
    below: n,
    spent: { attempt, tokens: spentTokens, nanoUsd: spentNanoUsd },
  });
  return { kind: 'granted', cap };
}

function answerOf(answer: Answer): AskAnswer {
  switch (answer.kind) {
    case 'granted':
      return { kind: 'granted', cap: answer.cap };
    case 'refused':
      return { kind: 'refused', refusal: answer.refusal };
    default:
      return { kind: 'ended' };
  }
}

/** Whether a limit on money or tokens counts the call. */
function isLimited(
  { ledger }: TenantState,
  { endpoint, bound }: { endpoint: Extract<Ask, { kind: 'admit' }>['call']['endpoint']; bound: Bound },
): boolean {
  return ledger.limits.some(
    ({ limit: { metric, scope } }) =>
      (metric === 'usd' || metric === 'tokens') && inScope(scope, { endpoint, ...bound }),
  );
}

/** A call that only asks for its size uses nothing. */
function usesAnything({ fixedTokens, fixedNanoUsd, tokensPerCapToken, picoUsdPerCapToken }: Bound): boolean {
  return fixedTokens + fixedNanoUsd + tokensPerCapToken + picoUsdPerCapToken > 0;
}
