/**
 * The scenarios: for each a provider that behaves in some way, a key with limits, a crowd that tries to get past them,
 * and a judge.
 */

import { type Behaviour, steady } from '../fake-provider.ts';
import type { LimitSetting } from './admin-client.ts';
import { type Judge, judgeBeforeLeasesEnd, judgeConcurrency, judgeMoney, judgeWindow } from './checks.ts';
import type { CrowdPlan } from './crowd.ts';

export interface Scenario {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly limits: readonly LimitSetting[];
  readonly crowd: Omit<CrowdPlan, 'url' | 'apiKey' | 'model' | 'user'>;
  /** Whether calls of clients that stay then use what is left. */
  readonly topUp: boolean;
  /** After how many calls the gateway is killed, and started again. The scenario then has a gateway of its own. */
  readonly killAfterCalls?: number;
  /** How long Weir has to end its holds after the last call. */
  readonly settleMsMax: number;
  readonly judge: Judge;
}

/** How big a run is: the short one is part of the project's tests. */
export interface Scale {
  readonly short: boolean;
}

const longPrompt = 'How high is the water behind the weir? '.repeat(10);
const plenty: LimitSetting = { metric: 'usd', per: 'total', max: '1000' };

const defaults = {
  limits: [plenty],
  crowd: {
    connections: 64,
    callsMax: 100_000,
    msMax: 60_000,
    prompt: longPrompt,
    maxTokens: 32,
    refusedWaitMs: 100,
    lostWaitMs: 1000,
    stopWhenUsedUp: true,
  },
  topUp: false,
  settleMsMax: 10_000,
};

/** In the order in which they run; those of windows and the killed one run beside the others. */
export function scenarios({ short }: Scale): readonly Scenario[] {
  return [...exhausted(short), ...windows(short), ...leaving(short), ...misbehaving(short), killed(short)];
}

function exhausted(short: boolean): Scenario[] {
  return [
    {
      ...defaults,
      name: 'money',
      behaviour: { ...steady, latencyMs: 20 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.15' : '0.40' }],
      crowd: { ...defaults.crowd, connections: 256 },
      topUp: true,
      judge: judgeMoney(true),
    },
    {
      ...defaults,
      name: 'concurrency',
      behaviour: { ...steady, latencyMs: 60, tokenMs: 4 },
      limits: [plenty, { metric: 'concurrency', max: 20 }, { metric: 'streams', max: 4 }],
      crowd: {
        ...defaults.crowd,
        connections: 96,
        msMax: short ? 4000 : 15_000,
        streamPercent: 30,
        refusedWaitMs: 40,
      },
      judge: judgeConcurrency,
    },
  ];
}

function windows(short: boolean): Scenario[] {
  const windowMs = short ? 30_000 : 60_000;
  const per = short ? '30s' : 'minute';
  const crowd = {
    ...defaults.crowd,
    connections: 16,
    msMax: windowMs * 4,
    // Beyond one window, so that what leaves it makes room, and no more room than it left.
    msAfterRefusal: windowMs * (short ? 1.1 : 2.2),
    stopWhenUsedUp: false,
  };
  return [
    {
      ...defaults,
      name: 'requests',
      behaviour: { ...steady, latencyMs: short ? 200 : 600 },
      limits: [plenty, { metric: 'requests', per, max: short ? 100 : 300 }],
      crowd,
      judge: judgeWindow('requests', windowMs),
    },
    {
      ...defaults,
      name: 'tokens',
      // Tokens of one byte: the most that a byte-level tokenizer can make of a prompt.
      behaviour: { ...steady, latencyMs: short ? 200 : 400, outputTokens: 400, bytesPerToken: 1 },
      limits: [plenty, { metric: 'tokens', per, max: short ? 120_000 : 250_000 }],
      crowd: { ...crowd, maxTokens: 400 },
      judge: judgeWindow('tokens', windowMs),
    },
  ];
}

function leaving(short: boolean): Scenario[] {
  const crowd = { ...defaults.crowd, leavePercent: 30, leaveAfterMs: 120 };
  const callsMax = short ? 300 : 1200;
  return [
    {
      ...defaults,
      name: 'streams-left',
      behaviour: { ...steady, latencyMs: 20, outputTokens: 60, tokenMs: 4, cancels: true },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.20' : '0.80' }],
      crowd: { ...crowd, callsMax, streamPercent: 100, maxTokens: 64 },
      judge: judgeMoney(false),
    },
    {
      ...defaults,
      name: 'streams-left-billed-on',
      behaviour: { ...steady, latencyMs: 20, outputTokens: 60, tokenMs: 4 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.10' : '0.40' }],
      crowd: { ...crowd, callsMax, streamPercent: 100, maxTokens: 64 },
      topUp: true,
      judge: judgeMoney(true),
    },
    {
      ...defaults,
      name: 'calls-left',
      behaviour: { ...steady, latencyMs: 200 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.05' : '0.20' }],
      crowd: { ...crowd, callsMax },
      topUp: true,
      judge: judgeMoney(true),
    },
  ];
}

function misbehaving(short: boolean): Scenario[] {
  return [
    {
      ...defaults,
      name: 'failing',
      behaviour: { ...steady, latencyMs: 20, failEvery: 10, hangEvery: 50 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.10' : '0.40' }],
      crowd: { ...defaults.crowd, callsMax: short ? 500 : 2000, headers: { 'x-gateway-timeout-ms': '1500' } },
      judge: judgeMoney(false),
    },
    {
      ...defaults,
      name: 'failing-billed',
      behaviour: { ...steady, latencyMs: 20, failEvery: 10, cutEvery: 50, billsFailures: true },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.10' : '0.40' }],
      crowd: { ...defaults.crowd, callsMax: short ? 500 : 2000, streamPercent: 50 },
      judge: judgeMoney(false),
    },
    {
      ...defaults,
      name: 'cap-ignored',
      behaviour: { ...steady, latencyMs: 20, outputTokens: 200, ignoresCap: true },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.20' : '0.60' }],
      crowd: { ...defaults.crowd, callsMax: short ? 500 : 2000, streamPercent: 50 },
      judge: judgeMoney(false),
    },
  ];
}

function killed(short: boolean): Scenario {
  return {
    ...defaults,
    name: 'killed',
    behaviour: { ...steady, latencyMs: 40 },
    limits: [{ metric: 'usd', per: 'total', max: short ? '0.40' : '0.60' }],
    crowd: {
      ...defaults.crowd,
      connections: 128,
      callsMax: short ? 1200 : defaults.crowd.callsMax,
      streamPercent: 30,
      refusedWaitMs: 250,
    },
    killAfterCalls: short ? 400 : 1200,
    topUp: !short,
    // What was in flight is held until its lease runs out, two minutes after the restart: the short run doesn't wait.
    settleMsMax: short ? 0 : 150_000,
    judge: short ? judgeBeforeLeasesEnd : judgeMoney(false),
  };
}
