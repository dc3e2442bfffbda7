/** All that is known after a scenario: what its clients saw, what the referee counted, and what Weir says. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient, ApiKey, UsageAnswer } from './admin-client.ts';
import type { CrowdReport } from './crowd-report.ts';
import type { Tally } from './tally.ts';

export interface Evidence {
  readonly report: CrowdReport;
  readonly tally: Tally;
  readonly usage: UsageAnswer;
  readonly records: RecordSums;
  /** What the accounts above the key's user say was spent: its organisation, and the one above that. */
  readonly above: readonly string[];
}

interface RecordSums {
  readonly found: number;
  readonly missing: readonly string[];
  readonly nanoUsd: bigint;
  /** Calls above their hold: how many, and by how much in all. */
  readonly breaches: number;
  readonly breachNanoUsd: bigint;
}

const pollMs = 250;
/** On a machine that has other things to do. */
const deliveredMsMax = 60_000;
const lookUpsAtOnce = 16;

/** Gives Weir until `msMax` to end every hold. The judge says whether it did. */
export async function waitForHolds(admin: AdminClient, key: ApiKey, msMax: number): Promise<void> {
  const deadlineMs = performance.now() + msMax;
  while (holdsLeft(await admin.usage(key.key)) && performance.now() < deadlineMs) await sleep(pollMs);
}

/** Asks Weir for all it knows of the key. */
export async function gatherEvidence(
  admin: AdminClient,
  key: ApiKey,
  organizations: readonly string[],
  report: CrowdReport,
  tally: Tally,
): Promise<Evidence> {
  const usage = await admin.usage(key.key);
  const records = await sumRecords(admin, key, report.requestIds);
  return { report, tally, usage, records, above: await spentAbove(admin, key, organizations, usage.spend.total_usd) };
}

/** What organisations say was spent, once they have heard of all of it, or have had the time to. */
async function spentAbove(
  admin: AdminClient,
  key: ApiKey,
  organizations: readonly string[],
  spentUsd: string,
): Promise<readonly string[]> {
  const deadlineMs = performance.now() + deliveredMsMax;
  for (;;) {
    await admin.tellAbove(key);
    const spent = await Promise.all(organizations.map((organization) => admin.spentBy(organization)));
    if (spent.every((each) => each === spentUsd) || performance.now() > deadlineMs) return spent;
    await sleep(pollMs);
  }
}

export function holdsLeft(usage: UsageAnswer): boolean {
  return usage.limits.some(({ held }) => Number(held) !== 0);
}

async function sumRecords(admin: AdminClient, key: ApiKey, requestIds: readonly string[]): Promise<RecordSums> {
  const ids = new Set(requestIds);
  const left = ids.values();
  const missing: string[] = [];
  let found = 0;
  let nanoUsd = 0n;
  let breaches = 0;
  let breachNanoUsd = 0n;
  const lookUp = async (): Promise<void> => {
    for (const id of left) {
      const record = await admin.record(key.key, id);
      if (record === undefined) {
        missing.push(id);
        continue;
      }
      found++;
      nanoUsd += parseNanoUsd(record.cost_usd);
      if (!record.breach) continue;
      breaches++;
      breachNanoUsd += parseNanoUsd(record.cost_usd) - parseNanoUsd(record.held_usd);
    }
  };
  await Promise.all(Array.from({ length: lookUpsAtOnce }, lookUp));
  return { found, missing, nanoUsd, breaches, breachNanoUsd };
}

/** Of the limits that Weir shows, the one of this metric that counts every endpoint. */
export function limitOf(usage: UsageAnswer, metric: string): UsageAnswer['limits'][number] {
  const limit = usage.limits.find((each) => each.metric === metric && each.endpoint === undefined);
  if (limit === undefined) throw new Error(`GET /v1/usage shows no limit on ${metric}`);
  return limit;
}

/** Decimal dollars, as text, in nano-dollars. */
export function parseNanoUsd(text: string): bigint {
  const match = /^(\d+)(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) throw new Error(`not an amount of dollars: ${text}`);
  return BigInt((match[1] ?? '') + (match[2] ?? '').padEnd(9, '0'));
}

export function formatNanoUsd(nanoUsd: bigint): string {
  const digits = String(nanoUsd).padStart(10, '0');
  return `$${digits.slice(0, -9)}.${digits.slice(-9)}`;
}
