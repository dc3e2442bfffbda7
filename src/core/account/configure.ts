import { decide } from '../ledger/decide.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import { type TenantEvent, type TenantState, applyEvent, limitsInForce, newTenant, noPlan } from './fold.ts';
import { keepsAnswers } from './idempotency.ts';
import type { Account, ConfigureReply } from './protocol.ts';
import { responseRules } from './response-rules.ts';
import type { Row } from './row.ts';
import { chainOf, chainOfHold, isNamed, isSameByName, ledgersOf, levelsAsked } from './uplink/chain.ts';
import { openingOf } from './uplink/opening.ts';

/** What an account is told that it is. */

/** Takes in a newer description of the account. Its limits hold for the next decision. */
export function executeConfigure(state: TenantState, account: Account, row: Row): ConfigureReply {
  if (state.account !== undefined && !isNewer(account, state.account)) {
    return { kind: 'older', version: state.account.version, isSame: isSame(state.account, account) };
  }
  const events = configurationOf(state, account, row.at);
  if (events === undefined) return { kind: 'too-many-counters' };
  for (const event of events) row.record(event);
  if (!keepsAnswers(account)) row.claims.dropAnswers();
  const rules = responseRules(account);
  if (rules === undefined) row.responses.forgetAll();
  else row.responses.shrinkTo(rules.bytesMax);
  return { kind: 'configured' };
}

/** An account that an old release has described is described again under the same version. */
function isNewer(account: Account, known: Account): boolean {
  return account.version > known.version || (account.version === known.version && isNamed(known) && !isNamed(account));
}

/** The events of a newer description. Undefined if the account has no counters left for its limits. */
function configurationOf(state: TenantState, account: Account, at: EpochMs): readonly TenantEvent[] | undefined {
  const samePlan = state.account?.policy.plan === account.policy.plan;
  const plan = samePlan ? state.plan : noPlan;
  const changed = decide(state.ledger, { type: 'set-limits', limits: limitsInForce(account, plan) }, at, '');
  if (changed.event === undefined) return undefined;
  const planSet: readonly TenantEvent[] = samePlan ? [] : [{ type: 'plan-set', ...plan }];
  const told = [...planSet, changed.event, ...uplinksSet(state, account, at), ...toAdopt(state, account)];
  return [{ type: 'account-set', account }, ...told];
}

/** Open holds that are told to accounts above which ask for them from now on. */
function toAdopt({ ledger }: TenantState, account: Account): readonly TenantEvent[] {
  const levels = levelsAsked(account);
  if (levels.length === 0) return [];
  return [...ledger.open.values()].flatMap((hold): readonly TenantEvent[] => {
    const above = chainOfHold(hold, account);
    const to = levels.filter((id) => above.includes(id) && hold.asked?.some((asked) => asked.to === id) !== true);
    return to.length === 0 ? [] : [{ type: 'asked', id: hold.id, to }];
  });
}

/** Begins to owe what is counted to accounts above that are not owed anything yet. */
export function executeUplinks(state: TenantState, row: Row): void {
  const { account } = state;
  if (account === undefined) return;
  for (const event of [...uplinksSet(state, account, row.at), ...toAdopt(state, account)]) row.record(event);
}

/** Whether an account that an older release has described does not owe yet. */
export function lacksUplinks(state: TenantState): boolean {
  const { account, uplinks } = state;
  if (account === undefined) return false;
  return ledgersOf(chainOf(account)).some((id) => !uplinks.has(id)) || toAdopt(state, account).length > 0;
}

/**
 * What was counted before is owed too if a release without uplinks counted it: to the user, and to the organisation
 * that the account knew by its name. Otherwise it has moved there: what was counted stays where it was counted.
 */
function uplinksSet(state: TenantState, account: Account, at: EpochMs): readonly TenantEvent[] {
  const { ledger, spend, uplinks, account: before } = state;
  const to = ledgersOf(chainOf(account)).filter((id) => !uplinks.has(id));
  const owesOrganizations = before !== undefined && isSameByName(before, account);
  const opens = (id: string): boolean => (id === account.userId ? uplinks.size === 0 : owesOrganizations);
  const opening = to.some(opens) ? openingOf(ledger, spend, at) : undefined;
  const opened = opening === undefined ? [] : to.filter(opens);
  const others = to.filter((id) => !opened.includes(id));
  return [
    ...(opening === undefined ? [] : [{ type: 'uplinks-set', to: opened, opening } as const]),
    ...(others.length === 0 ? [] : [{ type: 'uplinks-set', to: others } as const]),
  ];
}

/** The state of an account of which only the name of its ledger is on disk yet. */
export function stateBeforeWrite(account: Account, nowMs: number): TenantState {
  const state = newTenant();
  const at = epochMs(nowMs);
  for (const event of configurationOf(state, account, at) ?? []) applyEvent(state, event, at);
  return state;
}

function isSame(one: Account, other: Account): boolean {
  const said = ({ version, secretHashes, policy }: Account): string => JSON.stringify([version, secretHashes, policy]);
  return said(one) === said(other);
}
