import type { Bound } from '../../../src/core/ledger/command.ts';
import type { Owner } from '../../../src/core/account/uplink/chain.ts';
import type { CallShape } from './tree-step.ts';

export const ledgerId = (kind: 'u' | 'o', place: number): string => `${kind}_${String(place).padStart(32, '0')}`;
export const parentId = ledgerId('o', 99);

/** An old release knew an organisation by its name alone. */
export function organizationOf(place: number, named: boolean): Pick<Owner, 'organizationId' | 'organizationName'> {
  const name = `acme-${place}`;
  return named ? { organizationId: name } : { organizationId: ledgerId('o', place), organizationName: name };
}

/** The bound of a call of which nothing can be capped. */
export function boundOf({ model, aliases, unlisted, tokens, nanoUsd }: CallShape): Bound {
  return {
    model,
    ...(aliases && { aliases }),
    ...(unlisted && { unlisted }),
    fixedTokens: tokens,
    fixedNanoUsd: nanoUsd,
    tokensPerCapToken: 0,
    picoUsdPerCapToken: 0,
    capWanted: 0,
    capLeast: 0,
  };
}
