import type { Endpoint, Limit, Metric, ModelNames, Scope } from '../../src/ledger/limit.ts';
import { type Window, day, hour, minute, month, total } from '../../src/ledger/window.ts';
import { Random } from '../support/random.ts';
import type { Fate } from '../support/memory-disk.ts';
import type { AnswerGiven } from './naive-claims.ts';
import type { Release } from './release.ts';

/** What a call asks for. */
export interface Shape extends ModelNames {
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  readonly bounded: boolean;
  readonly fixedTokens: number;
  readonly fixedNanoUsd: number;
  readonly tokensPerCapToken: number;
  readonly picoUsdPerCapToken: number;
  readonly capWanted: number;
  readonly capLeast: number;
  readonly timesOver?: number;
}

/** The idempotency key of a call, and which body it has: a repeat has both again. */
export interface Keyed {
  readonly key: number;
  readonly body: number;
}

/** How a message travels: at once; late, so that others overtake it; or at once, but its answer never arrives. */
export type Sending = 'now' | 'late' | 'deaf';

/**
 * One thing that happens, as plain data, so that a run that failed can be printed, cut down and kept. A `call` is a
 * number: the call with that place among all there were, counted around.
 */
export type Step =
  | { readonly do: 'wait'; readonly ms: number }
  /** The clock is set, by so much. */
  | { readonly do: 'jump'; readonly ms: number }
  | { readonly do: 'month-end'; readonly beforeMs: number }
  | { readonly do: 'admit'; readonly shape: Shape; readonly keyed?: Keyed | undefined; readonly send: Sending }
  | { readonly do: 'repeat'; readonly call: number; readonly send: Sending }
  /** Voids a call before its admit is sent. */
  | { readonly do: 'void-first'; readonly shape: Shape; readonly send: Sending }
  | {
      readonly do: 'extend';
      readonly call: number;
      readonly again: boolean;
      readonly spent: number;
      readonly shape: Shape;
      readonly send: Sending;
    }
  | {
      readonly do: 'settle';
      readonly call: number;
      readonly used: number;
      /** Whether its router is sure which attempt it was. */
      readonly knows: boolean;
      /** Of a call with a key: what there is for a repeat. */
      readonly given?: AnswerGiven;
      readonly send: Sending;
    }
  /** Asks how the call would be answered by its key alone. */
  | { readonly do: 'recall'; readonly call: number; readonly send: Sending }
  | { readonly do: 'void'; readonly call: number; readonly send: Sending }
  | { readonly do: 'renew'; readonly calls: readonly number[] }
  | { readonly do: 'deliver'; readonly message: number; readonly twice: boolean }
  | { readonly do: 'flush'; readonly fate: Fate }
  | { readonly do: 'evict' }
  /** Another instance of the actor starts while the first still runs. */
  | { readonly do: 'second'; readonly skewMs: number }
  | { readonly do: 'alarm'; readonly fate: Fate }
  | {
      readonly do: 'configure';
      readonly limits: readonly Limit[];
      readonly waitMs: number;
      /** Whether no answers are kept. */
      readonly chargeOnly?: boolean;
    }
  | { readonly do: 'reset' }
  | { readonly do: 'release'; readonly release: Release }
  /** So many rows, of nothing much. */
  | { readonly do: 'rows'; readonly rows: number }
  /** A command that is wrong in itself. */
  | { readonly do: 'nonsense'; readonly what: 'bound' | 'amount' };

/** How far the clocks of two machines may be apart. */
export const skewMsMax = 3000;

export type StepKind = Step['do'];

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
const models: readonly [ModelNames, ...ModelNames[]] = [
  { model: 'gpt-5' },
  { model: 'gpt-5-mini', aliases: ['small', 'mini'] },
  { model: 'claude', aliases: ['newest'] },
  { model: 'claude-5', unlisted: true },
];
const endpoints: readonly [Endpoint, ...Endpoint[]] = ['chat', 'chat', 'chat', 'embeddings'];

const usual: Record<StepKind, number> = {
  wait: 22,
  jump: 1,
  'month-end': 1,
  admit: 24,
  repeat: 4,
  'void-first': 1,
  extend: 7,
  settle: 16,
  void: 5,
  recall: 1,
  renew: 4,
  deliver: 5,
  flush: 6,
  evict: 1.5,
  second: 0.5,
  alarm: 3,
  configure: 2,
  reset: 0.7,
  release: 0,
  rows: 0.05,
  nonsense: 0.3,
};

/** Each run has a character, so that rare things also come together. */
const characters: readonly [Partial<Record<StepKind, number>>, ...Partial<Record<StepKind, number>>[]] = [
  {},
  {},
  { evict: 6, flush: 14, alarm: 8 },
  { second: 8, renew: 10, alarm: 10 },
  { jump: 6, 'month-end': 4, alarm: 6 },
  { configure: 10, reset: 4 },
  { jump: 5, reset: 5, alarm: 3 },
  { deliver: 15, repeat: 12, 'void-first': 6, void: 10 },
  { settle: 3, alarm: 10, renew: 2 },
  { release: 4, evict: 4, alarm: 6 },
  { rows: 1.5 },
];

export function stepsOf(seed: number, count: number): Step[] {
  const random = new Random(seed);
  const waits = random.chance(0.25);
  const keyed = random.pick([0, 0.2, 0.8]);
  const weights = { ...usual, nonsense: waits ? 2 : 0.3, ...random.pick(characters) };
  const steps: Step[] = [configureStep(random, waits)];
  while (steps.length < count) steps.push(stepOf(random, random.weighted(weights), { waits, keyed }));
  return steps;
}

/** How likely it is in a run that a policy lets calls wait, and that a call has a key. */
interface Character {
  readonly waits: boolean;
  readonly keyed: number;
}

function stepOf(random: Random, kind: StepKind, { waits, keyed }: Character): Step {
  const call = random.chance(0.7) ? -random.between(1, 6) : random.between(0, 400);
  switch (kind) {
    case 'wait':
      return { do: kind, ms: waitMs(random) };
    case 'jump':
      return { do: kind, ms: jumpMs(random) };
    case 'month-end':
      return { do: kind, beforeMs: random.between(0, 3000) };
    case 'admit':
      return { do: kind, shape: shapeOf(random), keyed: keyedOf(random, keyed), send: sendingOf(random) };
    case 'void-first':
      return { do: kind, shape: shapeOf(random), send: sendingOf(random) };
    case 'repeat':
    case 'recall':
    case 'void':
      return { do: kind, call, send: sendingOf(random) };
    case 'extend': {
      const spent = random.pick([0, 0.5, 1, 1, 1.2]);
      return { do: kind, call, again: random.chance(0.2), spent, shape: shapeOf(random), send: sendingOf(random) };
    }
    case 'settle':
      return {
        do: kind,
        call,
        used: random.pick([0, 0.3, 0.7, 1, 1, 1.3]),
        knows: random.chance(0.4),
        given: random.weighted<AnswerGiven>({ answered: 6, unkept: 1, failed: 3 }),
        send: sendingOf(random),
      };
    case 'renew':
      return { do: kind, calls: Array.from({ length: random.between(1, 8) }, () => -random.between(1, 10)) };
    case 'deliver':
      return { do: kind, message: random.between(0, 50), twice: random.chance(0.2) };
    case 'flush':
    case 'alarm':
      return { do: kind, fate: random.pick<Fate>(['kept', 'kept', 'kept', 'lost', 'kept-unanswered', 'torn']) };
    case 'evict':
    case 'reset':
      return { do: kind };
    case 'second':
      return { do: kind, skewMs: random.between(-skewMsMax, skewMsMax) };
    case 'configure':
      return configureStep(random, waits);
    case 'release':
      return { do: kind, release: random.pick<Release>(['writes-1', 'reads-2', 'writes-2']) };
    case 'rows':
      return { do: kind, rows: random.between(200, 300) };
    case 'nonsense':
      return { do: kind, what: random.pick(['bound', 'amount']) };
  }
}

/** Most clocks are nearly right. Some are wrong by days, and are put right later, by and large. */
function jumpMs(random: Random): number {
  const farMs = random.chance(0.3) ? random.pick([3_600_000, 86_400_000, 40 * 86_400_000]) : 0;
  return random.pick([-1, 1]) * farMs + random.between(-200_000, 200_000);
}

function waitMs(random: Random): number {
  const scale = random.weighted({ instant: 20, seconds: 60, minutes: 12, hours: 4, days: 2 });
  switch (scale) {
    case 'instant':
      return random.between(0, 20);
    case 'seconds':
      return random.between(100, 15_000);
    case 'minutes':
      return random.between(15_000, 900_000);
    case 'hours':
      return random.between(900_000, 7_200_000);
    case 'days':
      return random.between(7_200_000, 10 * 86_400_000);
  }
}

function shapeOf(random: Random): Shape {
  const capWanted = random.chance(0.5) ? random.between(1, 30) : 0;
  return {
    endpoint: random.pick(endpoints),
    stream: random.chance(0.3),
    bounded: random.chance(0.9),
    ...random.pick(models),
    fixedTokens: random.between(0, 20),
    ...feesOf(random.between(0, 40)),
    tokensPerCapToken: random.pick([1, 1, 2]),
    picoUsdPerCapToken: random.pick([0, 250, 1500, 3001]),
    capWanted,
    capLeast: random.between(0, Math.min(capWanted, 4)),
  };
}

/** A few are to fit twice over. */
function feesOf(fixedNanoUsd: number): Pick<Shape, 'fixedNanoUsd' | 'timesOver'> {
  return { fixedNanoUsd, ...(fixedNanoUsd === 17 ? { timesOver: 2 } : {}) };
}

function keyedOf(random: Random, keyed: number): Keyed | undefined {
  return random.chance(keyed) ? { key: random.between(0, 7), body: random.chance(0.9) ? 0 : 1 } : undefined;
}

function sendingOf(random: Random): Sending {
  return random.weighted<Sending>({ now: 80, late: 12, deaf: 8 });
}

function configureStep(random: Random, waits: boolean): Step {
  const limits = Array.from({ length: random.between(0, 6) }, () => limitOf(random));
  const patienceMs = waits && random.chance(0.8) ? random.between(1000, 60_000) : 0;
  return { do: 'configure', limits, waitMs: patienceMs, chargeOnly: random.chance(0.1) };
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
