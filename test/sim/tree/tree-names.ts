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

export function boundOf({ model, aliases, unlisted, tokens, nanoUsd, cap, capLeast }: CallShape): Bound {
  return {
    model,
    ...(aliases && { aliases }),
    ...(unlisted && { unlisted }),
    fixedTokens: tokens,
    fixedNanoUsd: nanoUsd,
    tokensPerCapToken: 1,
    picoUsdPerCapToken: 1500,
    capWanted: cap,
    capLeast,
  };
}
