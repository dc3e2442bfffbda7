import type { Bound } from '../../src/core/ledger/command.ts';
import type { Endpoint, Limit } from '../../src/core/ledger/limit.ts';
import type { ComeBack, Refusal } from '../../src/core/ledger/refusal.ts';
import { epochMs } from '../../src/core/ledger/epoch-ms.ts';
import type { NaiveHold, NaiveLedger } from './naive-ledger.ts';
import { heldBy, inScope } from './naive-scope.ts';
import { countsAt, leavesAt } from './naive-periods.ts';

/** A reservation that is asked for, and the attempt that it follows, if it follows one. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly bound: Bound;
  readonly after?: { readonly hold: NaiveHold; readonly spentTokens: number; readonly spentNanoUsd: number };
}

type NaiveFit =
  | { readonly cap: number; readonly tokens: number; readonly nanoUsd: number }
  | { readonly refusal: Refusal };

/** Tries every cap from the one wanted down to the least, under every limit, by adding everything up. */
export function naiveFit(ledger: NaiveLedger, asked: Asked, at: number): NaiveFit {
  const rooms = ledger.limits.flatMap((limit) => roomUnder(ledger, limit, asked, at));
  const times = asked.bound.timesOver ?? 1;
  const timesUnder = ({ metric }: Limit): number => (metric === 'usd' || metric === 'tokens' ? times : 1);
  for (let cap = asked.bound.capWanted; cap >= asked.bound.capLeast; cap -= 1) {
    if (rooms.every(({ limit, free }) => needed(limit, asked, cap) * timesUnder(limit) <= free))
      return { cap, ...amountsAt(asked.bound, cap) };
  }
  let worst: { refusal: Refusal; patience: number } | undefined;
  for (const { limit, posted, held, free } of rooms) {
    const need = needed(limit, asked, asked.bound.capLeast) * timesUnder(limit);
    if (need <= free) continue;
    const comeBack: ComeBack =
      timesUnder(limit) > 1 ? { kind: 'never' } : naiveComeBack(ledger, limit, asked, need, at);
    const patience = comeBack.kind === 'at' ? comeBack.at : comeBack.kind === 'never' ? Infinity : 0;
    if (worst !== undefined && patience <= worst.patience) continue;
    worst = { refusal: { limit, posted, held, free, needed: need, comeBack }, patience };
  }
  if (worst === undefined) throw new Error('the model found neither a fit nor a refusal');
  return { refusal: worst.refusal };
}

function roomUnder(
  ledger: NaiveLedger,
  limit: Limit,
  { endpoint, bound, after }: Asked,
  at: number,
): { limit: Limit; posted: number; held: number; free: number }[] {
  if (!inScope(limit.scope, { ...bound, endpoint })) return [];
  if (after !== undefined && !countsAt(limit.window, after.hold.at, at)) return [];
  const posted = ledger.posted(limit, at) + spentUnder(limit, after, at);
  const held = ledger.held(limit, at, after?.hold.id);
  return [{ limit, posted, held, free: Math.max(0, limit.max - posted - held) }];
}

function spentUnder(limit: Limit, after: Asked['after'], at: number): number {
  if (after === undefined || !inScope(limit.scope, after.hold)) return 0;
  if (!countsAt(limit.window, after.hold.at, at)) return 0;
  if (limit.metric === 'tokens') return after.spentTokens;
  return limit.metric === 'usd' ? after.spentNanoUsd : 0;
}

function amountsAt(bound: Bound, cap: number): { tokens: number; nanoUsd: number } {
  const picoUsd = BigInt(cap) * BigInt(bound.picoUsdPerCapToken);
  const nanoUsd = Number(picoUsd / 1000n) + (picoUsd % 1000n === 0n ? 0 : 1);
  return { tokens: bound.fixedTokens + cap * bound.tokensPerCapToken, nanoUsd: bound.fixedNanoUsd + nanoUsd };
}

function needed(limit: Limit, { stream, bound }: Asked, cap: number): number {
  return heldBy(limit.metric, { stream, ...amountsAt(bound, cap) });
}

/** Tries every moment at which anything leaves, in order, as if no call held anything. */
function naiveComeBack(ledger: NaiveLedger, limit: Limit, asked: Asked, need: number, at: number): ComeBack {
  if (need > limit.max) return { kind: 'never' };
  const fitsAt = (then: number): boolean =>
    ledger.posted(limit, then) + spentUnder(limit, asked.after, then) + need <= limit.max;
  if (fitsAt(at)) return { kind: 'holds' };
  const members = [...ledger.membersAt(limit, at), ...(asked.after === undefined ? [] : [asked.after.hold.at])];
  const moments = members
    .flatMap((member) => leavesAt(limit.window, member) ?? [])
    .toSorted((one, other) => one - other);
  const back = moments.find((moment) => moment > at && fitsAt(moment));
  return back === undefined ? { kind: 'never' } : { kind: 'at', at: epochMs(back) };
}
