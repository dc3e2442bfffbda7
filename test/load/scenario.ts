import type { Behaviour } from './fake-provider.ts';
import type { LimitSetting } from './admin-client.ts';
import type { Way } from './call-body.ts';
import type { Judge } from './checks.ts';
import type { CrowdPlan } from './crowd.ts';
import { plentyUsd } from './every-limit.ts';
import type { Tally } from './tally.ts';
import type { TreePlan } from './tree.ts';

export interface Scenario {
  readonly name: string;
  /** Lanes run side by side, the scenarios of one after another. */
  readonly lane: 'limits' | 'requests' | 'tokens' | 'endpoints' | 'tree';
  readonly behaviour: Behaviour;
  readonly limits: readonly LimitSetting[];
  readonly crowd: Omit<CrowdPlan, 'url' | 'apiKey' | 'model' | 'user' | 'isSatisfied'>;
  /** What the referee must see before the crowd may end because its time is over. */
  readonly isSatisfied?: (tally: Tally) => boolean;
  /** Whether clients that stay then use what is left. */
  readonly topUp: boolean;
  /** The gateway is killed and started again after so many calls. The scenario has a gateway of its own. */
  readonly killAfterCalls?: number;
  /** How long Weir has to end its holds after the last call. */
  readonly settleMsMax: number;
  readonly judge: Judge;
  /** Many keys of an organisation, with limits on every level, in place of one key with `limits`. It judges itself. */
  readonly tree?: TreePlan;
}

/** The size of a run. The short one is part of the project's tests. */
export interface Scale {
  readonly short: boolean;
}

const longPrompt = 'How high is the water behind the weir? '.repeat(10);
export const plenty: LimitSetting = { metric: 'usd', per: 'total', max: plentyUsd };

const chat: Way = { to: 'chat', via: 'chat' };

export const defaults = {
  lane: 'limits',
  limits: [plenty],
  crowd: {
    connections: 64,
    ways: [chat],
    repeats: false,
    callsMax: 100_000,
    msMax: 60_000,
    prompt: longPrompt,
    maxTokens: 32,
    refusedWaitMs: 100,
    lostWaitMs: 1000,
    stopWhenUsedUp: true,
  },
  topUp: false,
  settleMsMax: 60_000,
} satisfies Omit<Scenario, 'name' | 'behaviour' | 'judge'>;
