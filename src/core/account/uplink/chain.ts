import type { Hold } from '../../ledger/state.ts';
import type { Account } from '../protocol.ts';

/** Whom an account belongs to. */
export type Owner = Pick<Account, 'scope' | 'userId' | 'organizationId' | 'organizationName' | 'parentId'>;

/** The accounts above one, from its user upward. What is above itself has none: a key alone speaks to all of them. */
export function chainOf({ scope, userId, organizationId, parentId }: Owner): readonly string[] {
  if (scope !== undefined) return [];
  return [userId, organizationId, parentId].filter((id) => id !== undefined);
}

/** Those of a chain that have a ledger: the admin's account belongs to nobody, and old releases kept names. */
export function ledgersOf(chain: readonly string[]): readonly string[] {
  return chain.filter(isLedger);
}

/** Whether an old release has described the account, by the name of its organisation: it must be described anew. */
export function isNamed({ scope, organizationId }: Owner): boolean {
  return scope === undefined && organizationId !== undefined && !isLedger(organizationId);
}

/** Whether the organisation is the one that the account knew by its name. */
export function isSameByName(before: Owner, { organizationId, organizationName }: Owner): boolean {
  const isId = organizationId !== undefined && isLedger(organizationId);
  return isNamed(before) && isId && before.organizationId === organizationName;
}

/**
 * The ledgers that a call counts in: those above its account when it was admitted. Old releases wrote no chain, or the
 * name of an organisation that has an id now.
 */
export function chainOfHold({ chain }: Pick<Hold, 'chain'>, owner: Owner | undefined): readonly string[] {
  const now = owner === undefined ? [] : chainOf(owner);
  if (chain === undefined) return ledgersOf(now);
  if (chain.every(isLedger)) return chain;
  return ledgersOf(chain.map((id, place) => (id === owner?.organizationName ? (now[place] ?? id) : id)));
}

function isLedger(id: string): boolean {
  return /^[uo]_[0-9a-f]{32}$/.test(id);
}

/** The accounts above that are asked for each call, nearest first. */
export function levelsAsked(account: Account): readonly string[] {
  const { above = [] } = account;
  if (above.length === 0) return [];
  const limited = new Set(above.filter(({ limits }) => limits.length > 0).map(({ id }) => id));
  return ledgersOf(chainOf(account)).filter((id) => limited.has(id));
}
