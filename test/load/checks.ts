/**
 * What must hold after every scenario, and the promise of each kind of limit. A check answers the faults that it finds.
 */

import { type Evidence, formatNanoUsd, holdsLeft, limitOf, parseNanoUsd } from './evidence.ts';
import { type Tally, mostInWindow } from './tally.ts';

export interface Finding {
  /** For people to read: the limit under test, and its use by the referee's count. */
  readonly limit: string;
  readonly referee: string;
  readonly posted: string;
  /** From 0 to 1; undefined if nobody knows how much could have been used. */
  readonly share: number | undefined;
  readonly faults: readonly string[];
}

export type Judge = (evidence: Evidence) => Finding;

export const shareLeast = 0.99;
const picoPerNano = 1000n;

/** Weir posts at least what the referee bills; the records add up to that; and nothing is held any more. */
export function faultsInTheBooks(evidence: Evidence): string[] {
  const { report, tally, usage, records } = evidence;
  const spent = parseNanoUsd(usage.spend.total_usd);
  const posted = parseNanoUsd(String(limitOf(usage, 'usd').posted));
  const byModel = usage.by_model.reduce((sum, { cost_usd: cost }) => sum + parseNanoUsd(cost), 0n);
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  expect(
    posted * picoPerNano >= tally.picoUsd,
    `posted ${formatNanoUsd(posted)} is less than the provider bills, ${billed(evidence.tally)}`,
  );
  const misread = [...report.malformedAnswers, ...report.falseReplays];
  expect(misread.length === 0, `${misread.length} answers were not what they seemed: ${misread[0]}`);
  expect(posted === spent, `posted ${formatNanoUsd(posted)} is not the spend shown, ${formatNanoUsd(spent)}`);
  expect(byModel === spent, `the models' costs add up to ${formatNanoUsd(byModel)}, not ${formatNanoUsd(spent)}`);
  expect(records.missing.length === 0, `${records.missing.length} calls have no record, such as ${records.missing[0]}`);
  const namesUnknown = report.left + report.lost > report.recovered;
  expect(
    namesUnknown ? records.nanoUsd <= spent : records.nanoUsd === spent,
    `the records add up to ${formatNanoUsd(records.nanoUsd)}, not ${formatNanoUsd(spent)}`,
  );
  const elsewhere = evidence.above.filter((each) => parseNanoUsd(each) !== spent);
  expect(elsewhere.length === 0, `an account above says that ${elsewhere[0]} was spent, not ${formatNanoUsd(spent)}`);
  expect(!holdsLeft(usage), `something is still held: ${JSON.stringify(usage.limits)}`);
  expect(report.malformedRefusals === 0, `${report.malformedRefusals} refusals did not say which limit and what next`);
  expect(report.completed > 0, 'not one call was completed');
  return faults;
}

/** No more dollars than allowed. Only calls above their hold may add to it, and their records say so. */
export const judgeMoney: (expectedShare: boolean) => Judge = (expectedShare) => (evidence) => {
  const { max, posted } = limitOf(evidence.usage, 'usd');
  const maxNanoUsd = parseNanoUsd(String(max));
  const postedNanoUsd = parseNanoUsd(String(posted));
  const allowed = (maxNanoUsd + evidence.records.breachNanoUsd) * picoPerNano;
  const share = Number(postedNanoUsd) / Number(maxNanoUsd);
  const faults = faultsInTheBooks(evidence);
  if (evidence.tally.picoUsd > allowed) {
    faults.push(`the provider bills ${billed(evidence.tally)}, but ${formatNanoUsd(maxNanoUsd)} is allowed`);
  }
  if (expectedShare && share < shareLeast) faults.push(`only ${percent(share)} of the limit could be used`);
  return {
    limit: formatNanoUsd(maxNanoUsd),
    referee: billed(evidence.tally),
    posted: formatNanoUsd(postedNanoUsd),
    share: expectedShare ? share : undefined,
    faults,
  };
};

/** Calls in flight at the kill still hold the most that they may have cost. */
export const judgeBeforeLeasesEnd: Judge = ({ tally, usage, report, records }) => {
  const { max, posted, held } = limitOf(usage, 'usd');
  const maxNanoUsd = parseNanoUsd(String(max));
  const postedNanoUsd = parseNanoUsd(String(posted));
  const reserved = postedNanoUsd + parseNanoUsd(String(held));
  const faults: string[] = [];
  if (tally.picoUsd > reserved * picoPerNano) {
    faults.push(`the provider bills ${billed(tally)}, but only ${formatNanoUsd(reserved)} is posted or held`);
  }
  if (reserved > maxNanoUsd) faults.push(`${formatNanoUsd(reserved)} is posted or held`);
  if (records.nanoUsd > postedNanoUsd) faults.push(`the records add up to ${formatNanoUsd(records.nanoUsd)}`);
  // A settlement follows its answer. A call that the kill hit before its settlement still holds.
  if (records.missing.length > report.lost) faults.push(`${records.missing.length} calls have no record`);
  if (report.lost === 0) faults.push('the kill interrupted nothing');
  return {
    limit: formatNanoUsd(maxNanoUsd),
    referee: billed(tally),
    posted: formatNanoUsd(postedNanoUsd),
    share: undefined,
    faults,
  };
};

/**
 * Never more than allowed in any interval as long as the window. How much of it is used tells of Weir only if calls are
 * quick: on a machine that is so slow that half of them take longer than this part of the window, what they hold keeps
 * others out for as long.
 */
const quickShare = 1 / 32;

export const judgeWindow: (metric: 'requests' | 'tokens', windowMs: number) => Judge =
  (metric, windowMs) => (evidence) => {
    const { max, posted } = limitOf(evidence.usage, metric);
    const most = mostInWindow(evidence.tally, windowMs, (call) =>
      metric === 'requests' ? 1 : call.inputTokens + call.outputTokens,
    );
    const share = most / Number(max);
    const faults = faultsInTheBooks(evidence);
    if (share > 1) faults.push(`${most} ${metric} within ${windowMs / 1000} s, but ${max} are allowed`);
    const isQuick = median(evidence.report.completedMs) <= windowMs * quickShare;
    if (share < shareLeast && isQuick) faults.push(`only ${percent(share)} of the limit could be used`);
    return { limit: `${max} / ${windowMs / 1000} s`, referee: String(most), posted: String(posted), share, faults };
  };

/** Never more at once than allowed, in calls and in streams. */
export const judgeConcurrency: Judge = (evidence) => {
  const { tally, usage } = evidence;
  const calls = Number(limitOf(usage, 'concurrency').max);
  const streams = Number(limitOf(usage, 'streams').max);
  const share = Math.min(tally.inFlightPeak / calls, tally.streamsPeak / streams);
  const faults = faultsInTheBooks(evidence);
  if (tally.inFlightPeak > calls) faults.push(`${tally.inFlightPeak} calls at once, but ${calls} are allowed`);
  if (tally.streamsPeak > streams) faults.push(`${tally.streamsPeak} streams at once, but ${streams} are allowed`);
  if (share < 1) faults.push(`never more than ${tally.inFlightPeak} calls and ${tally.streamsPeak} streams at once`);
  return {
    limit: `${calls} calls, ${streams} streams`,
    referee: `${tally.inFlightPeak}, ${tally.streamsPeak}`,
    posted: '',
    share,
    faults,
  };
};

export function billed(tally: Tally): string {
  return formatNanoUsd((tally.picoUsd + picoPerNano - 1n) / picoPerNano);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
