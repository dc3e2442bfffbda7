import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from './checks.ts';
import { type CrowdPlan, type CrowdReport, runCrowd } from './crowd.ts';
import { gatherEvidence, waitForHolds } from './evidence.ts';
import type { Scenario } from './scenarios.ts';
import type { Stage } from './stage.ts';

export interface Result extends Finding {
  readonly scenario: string;
  readonly report: CrowdReport;
  readonly elapsedMs: number;
}

const topUpCallsMax = 2000;
const killMsMax = 30_000;

/** `report` is filled as the scenario goes on, so that its progress can be watched. */
export async function runScenario(
  scenario: Scenario,
  stage: Stage,
  round: number,
  report: CrowdReport,
): Promise<Result> {
  const startedMs = performance.now();
  const user = `${scenario.name}-${round}`;
  const { admin, provider } = stage;
  const key = await admin.createKey(user, scenario.limits);
  const plan: CrowdPlan = { ...scenario.crowd, url: admin.url, apiKey: key.key, model: scenario.name, user };
  await Promise.all([
    runCrowd(plan, report),
    scenario.killAfterCalls === undefined ? undefined : killInTheMiddle(stage, report, scenario.killAfterCalls),
  ]);
  await waitForHolds(admin, key, scenario.settleMsMax);
  if (scenario.topUp) {
    const callsMax = report.calls + topUpCallsMax;
    const small = { connections: 1, prompt: 'And now?', maxTokens: 4, streamPercent: 0, leavePercent: 0 };
    await runCrowd({ ...plan, ...small, callsMax, stopWhenUsedUp: true }, report);
    await waitForHolds(admin, key, scenario.settleMsMax);
  }
  const tally = provider.tally(user);
  const finding = scenario.judge(await gatherEvidence(admin, key, report, tally));
  provider.forget(user);
  return { ...finding, scenario: scenario.name, report, elapsedMs: performance.now() - startedMs };
}

async function killInTheMiddle(stage: Stage, report: CrowdReport, afterCalls: number): Promise<void> {
  const deadlineMs = performance.now() + killMsMax;
  while (report.completed < afterCalls) {
    if (performance.now() > deadlineMs)
      throw new Error(`only ${report.completed} calls were completed in ${killMsMax} ms`);
    await sleep(10);
  }
  await stage.killAndRestart();
}
