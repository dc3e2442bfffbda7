import type { Limit, Metric, Scope } from '../../src/core/ledger/limit.ts';
import { type Window, day, hour, minute, month, total } from '../../src/core/ledger/window.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import type { Random } from '../support/random.ts';
import type { Step } from './step.ts';

const windows: readonly [Window, ...Window[]] = [
  minute,
  minute,
  hour,
  day,
  month,
  total,
  { kind: 'sliding', ms: 30_000 },
  { kind: 'sliding', ms: 47_000 },
  { kind: 'sliding', ms: 900_000 },
  { kind: 'sliding', ms: 90 * 86_400_000 },
];
/** A policy with limits that a run can reach. Where responses are kept, it may say how, or be the account's last. */
export function configureStep(random: Random, waits: boolean, keeps: number): Step {
  const limits = Array.from({ length: random.between(0, 6) }, () => limitOf(random));
  const patienceMs = waits && random.chance(0.8) ? random.between(1000, 60_000) : 0;
  const step: Step = { do: 'configure', limits, waitMs: patienceMs, chargeOnly: random.chance(0.1) };
  if (keeps === 0) return step;
  const responses = random.chance(0.6) ? { responses: responsesPolicy(random) } : {};
  return { ...step, ...responses, revoked: random.chance(0.02) };
}

function limitOf(random: Random): Limit {
  const metric = random.pick<Metric>(['requests', 'tokens', 'tokens', 'usd', 'usd', 'concurrency', 'streams']);
  const inFlight = metric === 'concurrency' || metric === 'streams';
  const most = metric === 'tokens' ? 180 : metric === 'usd' ? 240 : 6;
  const limit = {
    metric,
    window: inFlight ? total : random.pick(windows),
    max: random.between(random.chance(0.1) ? 0 : most / 6, most),
  };
  return random.chance(0.35) ? { ...limit, scope: scopeOf(random) } : limit;
}

function scopeOf(random: Random): Scope {
  const scopes: readonly [Scope, ...Scope[]] = [
    { models: ['gpt*'] },
    { models: ['claude', '*mini'] },
    { models: ['claude'] },
    { models: ['small', 'new*'] },
    { endpoint: 'chat' },
    { endpoint: 'embeddings', models: ['gpt-5*'] },
  ];
  return random.pick(scopes);
}

/** How responses are kept, so that a few of them fill an account. */
function responsesPolicy(random: Random): NonNullable<Policy['responses']> {
  return {
    store: random.chance(0.9),
    hours: random.pick([1, 24, 720]),
    bytesMax: random.pick([1200, 3000, 1_000_000]),
  };
}
