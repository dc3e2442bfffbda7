/** A crowd in an organisation: many keys of a few users, with limits on every level, spend until all of it is used. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountUsage, AdminClient, ApiKey, LimitSetting } from './admin-client.ts';
import { billed, percent } from './checks.ts';
import { type CrowdPlan, runCrowd } from './crowd.ts';
import type { CrowdReport } from './crowd-report.ts';
import { formatNanoUsd, parseNanoUsd } from './evidence.ts';
import type { Result } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

export interface TreePlan {
  readonly users: number;
  readonly keysPerUser: number;
  /** In dollars, per total. */
  readonly organizationUsd: string;
  readonly userUsd: string;
  readonly keyUsd: string;
  /** Calls in flight of the whole organisation. */
  readonly concurrency: number;
}

interface Member {
  readonly id: string;
  readonly keys: readonly ApiKey[];
  /** Whose tally its calls go to. */
  readonly label: string;
}

const pollMs = 250;
const shareLeast = 0.995;
const picoPerNano = 1000n;
const topUpMsMax = 600_000;

/** `interrupt` runs beside the crowd. */
export async function runTree(
  scenario: Scenario,
  tree: TreePlan,
  { admin, provider }: Stage,
  round: number,
  report: CrowdReport,
  interrupt: () => Promise<unknown>,
): Promise<Result> {
  const startedMs = performance.now();
  const name = `${scenario.name}-${round}`;
  const limits = [usd(tree.organizationUsd), { metric: 'concurrency', max: tree.concurrency } as const];
  const [organization, above] = await admin.createOrganizations(name, limits);
  const members = await Promise.all(
    Array.from({ length: tree.users }, (_, number) => newMember(admin, `${name}-${number}`, tree, organization)),
  );
  const crowds = async (more: Partial<CrowdPlan>, connections: number): Promise<void> => {
    await Promise.all(
      members.map(({ keys, label }) => {
        const apiKeys = keys.map(({ key }) => key);
        const plan = { ...scenario.crowd, ...more, connections, url: admin.url, apiKey: '', apiKeys };
        return runCrowd({ ...plan, model: scenario.name, user: label }, report);
      }),
    );
  };
  await Promise.all([crowds({}, Math.ceil(scenario.crowd.connections / tree.users)), interrupt()]);
  const patient = { callsMax: Infinity, msMax: topUpMsMax, stopWhenUsedUp: true };
  await waitUntilFree(admin, organization, members, scenario.settleMsMax);
  await crowds(patient, 4);
  // What is left is less than one of those calls may cost, and more than one of these.
  await crowds({ ...patient, prompt: 'And now?', maxTokens: 16 }, 1);
  await waitUntilFree(admin, organization, members, scenario.settleMsMax);
  const tallies = new Map(members.map(({ label }) => [label, provider.tally(label)]));
  const result = await judge(admin, tree, { organization, above, members, tallies, report });
  for (const { label } of members) provider.forget(label);
  return { ...result, scenario: scenario.name, report, elapsedMs: performance.now() - startedMs };
}

function usd(max: string): LimitSetting {
  return { metric: 'usd', per: 'total', max };
}

async function newMember(
  admin: AdminClient,
  label: string,
  { keysPerUser, userUsd, keyUsd }: TreePlan,
  organization: string,
): Promise<Member> {
  const id = await admin.createUser(label, organization, [usd(userUsd)]);
  const keys = await Promise.all(
    Array.from({ length: keysPerUser }, () => admin.createKeyOf(id, label, [usd(keyUsd)])),
  );
  return { id, keys, label };
}

/** Waits until nobody holds anything, and everybody has heard of all. */
async function waitUntilFree(
  admin: AdminClient,
  organization: string,
  members: readonly Member[],
  msMax: number,
): Promise<void> {
  const deadlineMs = performance.now() + msMax;
  for (;;) {
    await Promise.all(members.flatMap(({ keys }) => keys).map((key) => admin.tellAbove(key)));
    const usage = await admin.organizationUsage(organization);
    const users = await Promise.all(members.map(({ id }) => admin.userUsage(id)));
    const isFree = [usage, ...users].every((each) => each.limits.every(({ held }) => Number(held) === 0));
    const spent = users.reduce((sum, each) => sum + spentOf(each), 0n);
    if ((isFree && spent === spentOf(usage)) || performance.now() > deadlineMs) return;
    await sleep(pollMs);
  }
}

interface Seen {
  readonly organization: string;
  readonly above: string;
  readonly members: readonly Member[];
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly report: CrowdReport;
}

/** Nobody is above a limit by the referee's count, the organisation's is used up, and all levels say the same. */
async function judge(
  admin: AdminClient,
  tree: TreePlan,
  { organization, above, members, tallies, report }: Seen,
): Promise<Omit<Result, 'scenario' | 'report' | 'elapsedMs'>> {
  const usage = await admin.organizationUsage(organization);
  const users = await Promise.all(members.map(async ({ id, label }) => [label, await admin.userUsage(id)] as const));
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const max = parseNanoUsd(tree.organizationUsd);
  const total = [...tallies.values()].reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
  const totalTally = { picoUsd: total } as Tally;
  expect(
    total <= max * picoPerNano,
    `the provider bills ${billed(totalTally)} to an organization of ${formatNanoUsd(max)}`,
  );
  const share = Number(spentOf(usage)) / Number(max);
  expect(share >= shareLeast, `only ${percent(share)} of the organization's limit could be used`);
  for (const [label, user] of users) {
    const tally = tallies.get(label);
    const userMax = parseNanoUsd(tree.userUsd);
    if (tally === undefined) continue;
    expect(tally.picoUsd <= userMax * picoPerNano, `the provider bills ${billed(tally)} to user ${label}`);
    const spent = spentOf(user);
    expect(
      spent * picoPerNano >= tally.picoUsd,
      `user ${label} has spent ${formatNanoUsd(spent)}, less than is billed`,
    );
    const posted = user.limits.find(({ metric }) => metric === 'usd')?.posted;
    expect(
      parseNanoUsd(String(posted)) === spent,
      `user ${label} posts ${posted}, and its keys ${formatNanoUsd(spent)}`,
    );
  }
  const ofUsers = users.reduce((sum, [, user]) => sum + spentOf(user), 0n);
  expect(
    spentOf(usage) === ofUsers,
    `the users have spent ${formatNanoUsd(ofUsers)}, not ${formatNanoUsd(spentOf(usage))}`,
  );
  const [posted] = usage.limits;
  expect(parseNanoUsd(String(posted?.posted)) === spentOf(usage), `the organization posts ${posted?.posted}`);
  const aboveSpent = spentOf(await admin.organizationUsage(above));
  expect(aboveSpent === spentOf(usage), `the parent says that ${formatNanoUsd(aboveSpent)} was spent`);
  const held = usage.limits.find((limit) => Number(limit.held) !== 0);
  expect(held === undefined, `something is still held: ${JSON.stringify(held)}`);
  const peaks = [...tallies.values()].map(({ inFlightPeak }) => inFlightPeak);
  expect(Math.max(...peaks) <= tree.concurrency, `a user had ${Math.max(...peaks)} calls at once`);
  expect(report.malformedRefusals === 0, `${report.malformedRefusals} refusals did not say which limit and what next`);
  const referee = billed(totalTally);
  return { limit: formatNanoUsd(max), referee, posted: formatNanoUsd(spentOf(usage)), share, faults };
}

function spentOf({ spend }: AccountUsage): bigint {
  return parseNanoUsd(spend.totalUsd);
}
