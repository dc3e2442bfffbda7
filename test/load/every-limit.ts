/** Judges a key with several tight limits: of several kinds, and of single endpoints. */

import { type Finding, type Judge, billed, faultsInTheBooks, percent, shareLeast } from './checks.ts';
import { type Evidence, formatNanoUsd, parseNanoUsd } from './evidence.ts';
import type { Tally } from './tally.ts';

export interface Strictness {
  /** Whether all was reported and nobody left, so that Weir posts exactly the referee's count. */
  readonly exact: boolean;
  /** Whether the fullest of the limits must have been used up. */
  readonly usedUp: boolean;
  /** Whether the referee learns that a call has ended before the gateway may let the next one in. */
  readonly gauges: boolean;
}

type ShownLimit = Evidence['usage']['limits'][number];

const picoPerNano = 1000n;

/** By the referee's count no limit is overrun, and no call is billed twice. A capped call costs at most its hold. */
export const judgeEveryLimit: (strictness: Strictness) => Judge = (strictness) => (evidence) => {
  const { usage, tally, records, report } = evidence;
  const counted = usage.limits.filter(isCounted).map((limit) => ({ limit, used: usedOf(limit, evidence) }));
  const faults = faultsInTheBooks(evidence);
  for (const { limit, used } of counted) faults.push(...faultsIn(limit, used, strictness));
  if (strictness.gauges) faults.push(...faultsAtOnce(usage.limits, tally));
  if (records.breaches > 0) faults.push(`${records.breaches} calls cost more than was held for them`);
  const refusedElsewhere = [...report.refusedAt.keys()].filter((endpoint) => !isLimitedAt(usage.limits, endpoint));
  if (refusedElsewhere.length > 0) faults.push(`calls to ${refusedElsewhere.join(', ')} were refused, without a limit`);
  const fullest = counted.toSorted((one, other) => shareOf(other) - shareOf(one))[0];
  if (fullest === undefined) throw new Error('a scenario of limits that are counted needs one');
  const share = shareOf(fullest);
  if (strictness.usedUp && share < shareLeast) faults.push(`only ${percent(share)} of the fullest limit could be used`);
  return { ...figures(fullest, tally), share: strictness.usedUp ? share : undefined, faults };
};

/** The same for calls that were made several times each: each is billed once at the most. */
export const judgeRepeats: (strictness: Strictness) => Judge = (strictness) => (evidence) => {
  const finding = judgeEveryLimit(strictness)(evidence);
  const twice = [...evidence.tally.calls.values()].filter(({ attemptsBilled }) => attemptsBilled > 1);
  const faults = [...finding.faults];
  if (twice.length > 0) faults.push(`${twice.length} calls are billed more than once, such as ${twice[0]?.name}`);
  if (evidence.report.replayed === 0) faults.push('not one answer was replayed');
  return { ...finding, faults };
};

/** Concurrency and streams count what is in flight. Nothing is ever posted. */
function isCounted({ metric }: ShownLimit): boolean {
  return metric === 'usd' || metric === 'tokens' || metric === 'requests';
}

/** By the referee's count, in pico-dollars, tokens or requests. */
function usedOf({ metric, endpoint }: ShownLimit, { tally, report }: Evidence): bigint {
  const calls = [...tally.calls.values()].filter((call) => endpoint === undefined || call.endpoint === endpoint);
  if (metric === 'usd') return calls.reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
  if (metric === 'tokens') {
    return BigInt(calls.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0));
  }
  // A question for a size is a request to the endpoint of messages. The provider doesn't count it.
  return BigInt(calls.length + (endpoint === undefined || endpoint === 'messages' ? report.counted : 0));
}

function faultsIn(limit: ShownLimit, used: bigint, { exact }: Strictness): string[] {
  const name = `${limit.metric}${limit.endpoint === undefined ? '' : ` of ${limit.endpoint}`}`;
  const posted = amountIn(limit, limit.posted);
  const max = amountIn(limit, limit.max);
  const faults: string[] = [];
  if (used > max) faults.push(`${name}: ${shown(limit, used)} was used, but ${shown(limit, max)} is allowed`);
  if (posted > max) faults.push(`${name}: ${shown(limit, posted)} is posted, but ${shown(limit, max)} is allowed`);
  if (posted < used) faults.push(`${name}: ${shown(limit, posted)} is posted for ${shown(limit, used)}`);
  if (exact && posted > used) faults.push(`${name}: ${shown(limit, posted)} is posted, for only ${shown(limit, used)}`);
  return faults;
}

function faultsAtOnce(limits: readonly ShownLimit[], tally: Tally): string[] {
  const peaks: Readonly<Record<string, number>> = { concurrency: tally.inFlightPeak, streams: tally.streamsPeak };
  return limits.flatMap(({ metric, max }) => {
    const peak = peaks[metric];
    return peak !== undefined && peak > Number(max) ? [`${metric}: ${peak} at once, but ${max} are allowed`] : [];
  });
}

function isLimitedAt(limits: readonly ShownLimit[], endpoint: string): boolean {
  // A limit that nothing here reaches refuses nobody.
  return limits.some((limit) => (limit.endpoint ?? endpoint) === endpoint && !isPlenty(limit));
}

function isPlenty({ metric, max }: ShownLimit): boolean {
  return metric === 'usd' && Number(max) >= plentyUsd;
}

/** What no scenario spends. */
export const plentyUsd = 1000;

/** An amount of a limit, in the unit in which the referee counts. */
function amountIn({ metric }: ShownLimit, amount: string | number): bigint {
  return metric === 'usd' ? parseNanoUsd(String(amount)) * picoPerNano : BigInt(amount);
}

function shown({ metric }: ShownLimit, amount: bigint): string {
  return metric === 'usd' ? formatNanoUsd((amount + picoPerNano - 1n) / picoPerNano) : `${amount} ${metric}`;
}

interface Used {
  readonly limit: ShownLimit;
  readonly used: bigint;
}

function shareOf({ limit, used }: Used): number {
  return Number(used) / Number(amountIn(limit, limit.max));
}

function figures({ limit, used }: Used, tally: Tally): Pick<Finding, 'limit' | 'referee' | 'posted'> {
  return {
    limit: shown(limit, amountIn(limit, limit.max)),
    referee: limit.metric === 'usd' && limit.endpoint === undefined ? billed(tally) : shown(limit, used),
    posted: shown(limit, amountIn(limit, limit.posted)),
  };
}
