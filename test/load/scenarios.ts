/**
 * The scenarios: for each a provider that behaves in some way, a key with limits, a crowd that tries to get past them,
 * and a judge.
 */

import { steady } from './fake-provider.ts';
import { judgeBeforeLeasesEnd, judgeConcurrency, judgeMoney, judgeWindow } from './checks.ts';
import { endpointScenarios, everyWay } from './endpoint-scenarios.ts';
import { type Scale, type Scenario, defaults, plenty } from './scenario.ts';

/** In the order of each lane. The killed one has a gateway of its own. */
export function scenarios(scale: Scale): readonly Scenario[] {
  const { short } = scale;
  return [
    ...exhausted(short),
    ...windows(short),
    ...leaving(short),
    ...misbehaving(short),
    ...endpointScenarios(scale),
    killed(short),
    ...trees(short),
  ];
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
      isSatisfied: ({ inFlightPeak, streamsPeak }) => inFlightPeak >= 20 && streamsPeak >= 4,
      crowd: {
        ...defaults.crowd,
        connections: 96,
        msMax: short ? 4000 : 15_000,
        ways: everyWay,
        streamPercent: 30,
        // The short run has fewer refusals of the same kind, and as many calls that are served.
        refusedWaitMs: short ? 120 : 40,
      },
      judge: judgeConcurrency,
    },
  ];
}

/** An organisation of fifty keys and three users. The second is killed in the middle. */
function trees(short: boolean): Scenario[] {
  const tree = {
    users: 3,
    keysPerUser: short ? 5 : 17,
    organizationUsd: short ? '0.06' : '0.60',
    userUsd: short ? '0.025' : '0.24',
    keyUsd: '0.20',
    concurrency: 24,
  };
  const common = {
    ...defaults,
    behaviour: { ...steady, latencyMs: 20 },
    crowd: { ...defaults.crowd, connections: short ? 24 : 48 },
    tree,
    judge: judgeMoney(true),
  };
  // The leases of a killed gateway take minutes to end.
  const withKill: Scenario = { ...common, name: 'tree-killed', killAfterCalls: 600, settleMsMax: 300_000 };
  return [{ ...common, name: 'tree', lane: 'tree' }, ...(short ? [] : [withKill])];
}

function windows(short: boolean): Scenario[] {
  const windowMs = short ? 30_000 : 60_000;
  const per = short ? '30s' : 'minute';
  const crowd = {
    ...defaults.crowd,
    connections: 16,
    ways: everyWay,
    streamPercent: 40,
    msMax: windowMs * 4,
    // Longer than a window: calls that leave the window make room, and no more room than they took.
    msAfterRefusal: windowMs * (short ? 1.1 : 2.2),
    stopWhenUsedUp: false,
  };
  return [
    {
      ...defaults,
      name: 'requests',
      lane: 'requests',
      behaviour: { ...steady, latencyMs: short ? 200 : 600 },
      limits: [plenty, { metric: 'requests', per, max: short ? 100 : 300 }],
      crowd,
      judge: judgeWindow('requests', windowMs),
    },
    {
      ...defaults,
      name: 'tokens',
      lane: 'tokens',
      // Tokens of one byte: the most that a byte-level tokenizer can make of a prompt.
      behaviour: { ...steady, latencyMs: short ? 200 : 400, outputTokens: 400, bytesPerToken: 1 },
      limits: [plenty, { metric: 'tokens', per, max: short ? 120_000 : 250_000 }],
      crowd: { ...crowd, maxTokens: 400 },
      judge: judgeWindow('tokens', windowMs),
    },
  ];
}

function leaving(short: boolean): Scenario[] {
  const crowd = { ...defaults.crowd, ways: everyWay, leavePercent: 30, leaveAfterMs: 120 };
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
  const crowd = { ...defaults.crowd, ways: everyWay };
  return [
    {
      ...defaults,
      name: 'failing',
      behaviour: { ...steady, latencyMs: 20, failEvery: 10, hangEvery: 50 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.10' : '0.40' }],
      crowd: { ...crowd, callsMax: short ? 500 : 2000, headers: { 'x-gateway-timeout-ms': '1500' } },
      judge: judgeMoney(false),
    },
    {
      ...defaults,
      name: 'failing-billed',
      behaviour: { ...steady, latencyMs: 20, failEvery: 10, cutEvery: 50, billsFailures: true },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.10' : '0.40' }],
      crowd: { ...crowd, callsMax: short ? 500 : 2000, streamPercent: 50 },
      judge: judgeMoney(false),
    },
    {
      ...defaults,
      name: 'cap-ignored',
      behaviour: { ...steady, latencyMs: 20, outputTokens: 200, ignoresCap: true },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.20' : '0.60' }],
      crowd: { ...crowd, callsMax: short ? 500 : 2000, streamPercent: 50 },
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
      ways: everyWay,
      connections: 128,
      callsMax: short ? 1200 : defaults.crowd.callsMax,
      streamPercent: 30,
      refusedWaitMs: 250,
    },
    killAfterCalls: short ? 400 : 1200,
    topUp: !short,
    // Calls in flight are held until their leases end, two minutes after the restart. The short run doesn't wait.
    settleMsMax: short ? 0 : 150_000,
    judge: short ? judgeBeforeLeasesEnd : judgeMoney(false),
  };
}
