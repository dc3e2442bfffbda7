import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './checks.ts';
import { type CrowdPlan, runCrowd } from './crowd.ts';
import type { CrowdReport } from './crowd-report.ts';
import { gatherEvidence, waitForHolds } from './evidence.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import { runTree } from './tree.ts';

export interface Result extends Finding {
  readonly scenario: string;
  readonly report: CrowdReport;
  readonly elapsedMs: number;
}

const topUpMsMax = 600_000;
const killMsMax = 60_000;

/** Fills `report` as the scenario goes on, so that others can watch. */
export async function runScenario(
  scenario: Scenario,
  stage: Stage,
  round: number,
  report: CrowdReport,
): Promise<Result> {
  const startedMs = performance.now();
  const { admin, provider } = stage;
  const { tree, killAfterCalls } = scenario;
  if (tree !== undefined) {
    const interrupt = async (): Promise<unknown> =>
      killAfterCalls === undefined ? undefined : killInTheMiddle(stage, report, killAfterCalls);
    return runTree(scenario, tree, stage, round, report, interrupt);
  }
  const user = `${scenario.name}-${round}`;
  const organizations = await admin.createOrganizations(user);
  const key = await admin.createKey(user, scenario.limits, {}, organizations[0]);
  const { isSatisfied = () => true } = scenario;
  const plan: CrowdPlan = {
    ...scenario.crowd,
    url: admin.url,
    apiKey: key.key,
    model: scenario.name,
    user,
    isSatisfied: () => isSatisfied(provider.tally(user)),
  };
  const [, completedBefore] = await Promise.all([
    runCrowd(plan, report),
    killAfterCalls === undefined ? -1 : killInTheMiddle(stage, report, killAfterCalls),
  ]);
  await waitForHolds(admin, key, scenario.settleMsMax);
  if (scenario.topUp) {
    const patient = { streamPercent: 0, leavePercent: 0, callsMax: Infinity, msMax: topUpMsMax, stopWhenUsedUp: true };
    await runCrowd({ ...plan, ...patient, connections: 16 }, report);
    // What is left is less than one of those calls may cost, and more than one of these. No cap is below the least
    // that OpenAI takes.
    await runCrowd({ ...plan, ...patient, connections: 1, prompt: 'And now?', maxTokens: 16 }, report);
    await waitForHolds(admin, key, scenario.settleMsMax);
  }
  const tally = provider.tally(user);
  const finding = scenario.judge(await gatherEvidence(admin, key, organizations, report, tally));
  provider.forget(user);
  const faults =
    report.completed > completedBefore ? finding.faults : [...finding.faults, 'it did not go on after the restart'];
  return { ...finding, faults, scenario: scenario.name, report, elapsedMs: performance.now() - startedMs };
}

/** Answers how many calls were completed when the gateway was up again. */
async function killInTheMiddle(stage: Stage, report: CrowdReport, afterCalls: number): Promise<number> {
  const deadlineMs = performance.now() + killMsMax;
  while (report.completed < afterCalls) {
    if (performance.now() > deadlineMs)
      throw new Error(`only ${report.completed} calls were completed in ${killMsMax} ms`);
    await sleep(10);
  }
  await stage.killAndRestart();
  return report.completed;
}
