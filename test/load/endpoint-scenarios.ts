/** Scenarios that try the limits of one key through every endpoint at once, in each of its ways to a provider. */

import { steady } from './fake-provider.ts';
import type { LimitSetting } from './admin-client.ts';
import type { Way } from './call-body.ts';
import { judgeEveryLimit, judgeRepeats } from './every-limit.ts';
import { type Scale, type Scenario, defaults, plenty } from './scenario.ts';

/** The scenario has a key of its own, so it shares only the machine with others. */
const beside = { ...defaults, lane: 'endpoints' as const };

const embeddings: Way = { to: 'embeddings', via: 'embeddings' };
const count: Way = { to: 'count', via: 'messages' };

/** To a provider that speaks OpenAI's protocols, or only chat. */
const toOpenAi: readonly Way[] = [
  { to: 'chat', via: 'chat' },
  { to: 'messages', via: 'chat' },
  { to: 'responses', via: 'chat' },
  { to: 'responses', via: 'responses' },
  embeddings,
];

/** To one that speaks Anthropic's. */
const toAnthropic: readonly Way[] = [
  { to: 'chat', via: 'messages' },
  { to: 'messages', via: 'messages' },
  { to: 'responses', via: 'messages' },
];

/** Every way to ask for generation, and embeddings. */
export const everyWay: readonly Way[] = [...toOpenAi, ...toAnthropic];

/** Has characters that JSON escapes, and characters of several bytes. */
const prompt = 'How high is the water behind the "Wehr"?\n水位はどれくらいですか。 '.repeat(5);

export function endpointScenarios({ short }: Scale): readonly Scenario[] {
  // They end when a limit is used up, which takes longer on a busy machine.
  const crowd = { ...defaults.crowd, prompt, streamPercent: 40, refusedWaitMs: 60, msMax: 600_000 };
  const atOnce: readonly LimitSetting[] = [
    { metric: 'concurrency', max: 24 },
    { metric: 'streams', max: 8 },
  ];
  return [
    {
      ...beside,
      name: 'endpoints',
      // Tokens of one byte: the most that a byte-level tokenizer can make of a prompt.
      behaviour: { ...steady, latencyMs: 30, bytesPerToken: 1 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.10' : '0.20' }, ...ample(short), ...atOnce],
      crowd: { ...crowd, ways: [...toOpenAi, count] },
      topUp: true,
      judge: judgeEveryLimit({ exact: true, usedUp: true, gauges: true }),
    },
    {
      ...beside,
      name: 'endpoints-messages',
      behaviour: { ...steady, latencyMs: 30, tokenMs: 2 },
      limits: [
        { metric: 'tokens', per: 'total', max: short ? 36_000 : 50_000 },
        { metric: 'usd', per: 'total', max: short ? '0.08' : '0.10' },
        { metric: 'requests', per: 'total', max: short ? 600 : 800 },
        ...atOnce,
      ],
      crowd: { ...crowd, ways: [...toAnthropic, embeddings, count] },
      topUp: true,
      judge: judgeEveryLimit({ exact: true, usedUp: true, gauges: true }),
    },
    {
      ...beside,
      name: 'endpoints-failing',
      behaviour: { ...steady, latencyMs: 20, outputTokens: 40, tokenMs: 3, failEvery: 12, cutEvery: 20 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.06' : '0.12' }, ...ample(short), ...atOnce],
      crowd: { ...crowd, ways: everyWay, maxTokens: 64, leavePercent: 20, leaveAfterMs: 80 },
      // Weir reads on for a client that left, gives up some day, and the provider hears of that later.
      judge: judgeEveryLimit({ exact: false, usedUp: false, gauges: false }),
    },
    {
      ...beside,
      name: 'endpoints-limited',
      behaviour: { ...steady, latencyMs: 30 },
      // Embeddings use up one limit, and messages the other. Other calls must not notice.
      limits: [
        plenty,
        { metric: 'requests', per: 'total', max: short ? 30 : 60, endpoint: 'embeddings' },
        { metric: 'tokens', per: 'total', max: short ? 8000 : 15_000, endpoint: 'embeddings' },
        { metric: 'requests', per: 'total', max: short ? 70 : 140, endpoint: 'messages' },
      ],
      crowd: { ...crowd, ways: [...everyWay, count], callsMax: short ? 300 : 600, stopWhenUsedUp: false },
      judge: judgeEveryLimit({ exact: true, usedUp: true, gauges: true }),
    },
    {
      ...beside,
      name: 'repeated',
      behaviour: { ...steady, latencyMs: 40, tokenMs: 3 },
      limits: [{ metric: 'usd', per: 'total', max: short ? '0.05' : '0.08' }, ...ample(short), ...atOnce],
      crowd: {
        ...crowd,
        ways: everyWay,
        connections: 24,
        repeats: true,
        leavePercent: 30,
        leaveAfterMs: 60,
      },
      topUp: true,
      judge: judgeRepeats({ exact: true, usedUp: true, gauges: true }),
    },
  ];
}

/** Not the limit under test, and yet nearly used up. */
function ample(short: boolean): readonly LimitSetting[] {
  return [
    { metric: 'requests', per: 'total', max: short ? 500 : 900 },
    { metric: 'tokens', per: 'total', max: short ? 200_000 : 300_000 },
  ];
}
