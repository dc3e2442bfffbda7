import type { Endpoint, Limit, ModelNames } from '../../src/core/ledger/limit.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import { Random } from '../support/random.ts';
import type { Fate } from '../support/memory-disk.ts';
import { configureStep } from './configure-step.ts';
import { type ExchangeStep, exchangeSeeds, exchangeStep, travelling } from './exchange-step.ts';
import type { AnswerGiven } from './naive-claims.ts';
import type { Release } from './release.ts';
import { type ResponseStep, type ResponseToKeep, responseStep, responseToKeep } from './response-step.ts';

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
  | {
      readonly do: 'admit';
      readonly shape: Shape;
      readonly keyed?: Keyed | undefined;
      /** For how long its router keeps its lease by itself, until it is settled or voided. */
      readonly callMs?: number;
      readonly send: Sending;
    }
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
      readonly response?: ResponseToKeep;
      readonly send: Sending;
    }
  /** Asks how the call would be answered by its key alone. */
  | { readonly do: 'recall'; readonly call: number; readonly send: Sending }
  | ResponseStep
  | { readonly do: 'void'; readonly call: number; readonly send: Sending }
  | { readonly do: 'renew'; readonly calls: readonly number[] }
  | { readonly do: 'deliver'; readonly message: number; readonly twice: boolean }
  | ExchangeStep
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
      readonly responses?: Policy['responses'];
      readonly revoked?: boolean;
    }
  | { readonly do: 'reset' }
  | { readonly do: 'release'; readonly release: Release }
  /** So many rows, of nothing much. */
  | { readonly do: 'rows'; readonly rows: number }
  /** A command that is wrong in itself. */
  | { readonly do: 'nonsense'; readonly what: 'bound' | 'amount' };

/** How far the clocks of two machines may be apart. */
export const skewMsMax = 3000;

type StepKind = Step['do'];

const models: readonly [ModelNames, ...ModelNames[]] = [
  { model: 'gpt-5' },
  { model: 'gpt-5-mini', aliases: ['small', 'mini'] },
  { model: 'claude', aliases: ['newest'] },
  { model: 'claude-5', unlisted: true },
];
const endpoints: readonly [Endpoint, ...Endpoint[]] = ['chat', 'chat', 'responses', 'embeddings'];

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
  resolve: 0,
  read: 0,
  forget: 0,
  renew: 4,
  deliver: 5,
  exchange: 0,
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
  { jump: 8, reset: 8, alarm: 3, rows: 1, evict: 6, repeat: 12, void: 10 },
  { jump: 8, renew: 10, alarm: 6, evict: 4, settle: 8, void: 2 },
  { deliver: 15, repeat: 12, 'void-first': 6, void: 10 },
  { settle: 3, alarm: 10, renew: 2 },
  { release: 4, evict: 4, alarm: 6 },
  { rows: 1.5 },
];

export function stepsOf(seed: number, count: number): Step[] {
  const steps = stepsOneByOne(seed, count);
  const random = new Random(~seed);
  return seed < exchangeSeeds ? steps : steps.map((step) => travelling(step, random));
}

function stepsOneByOne(seed: number, count: number): Step[] {
  const random = new Random(seed);
  const waits = random.chance(0.25);
  const keyed = random.pick([0, 0.2, 0.8]);
  // By a generator of its own, so that other runs do not depend on what is made up for these.
  const keeps = new Random(~seed).pick([0, 0, 0.8]);
  const responses = keeps > 0 ? { admit: 34, settle: 34, recall: 4, resolve: 8, read: 1.5, forget: 1 } : {};
  const weights = { ...usual, nonsense: waits ? 2 : 0.3, ...responses, ...random.pick(characters) };
  const steps: Step[] = [configureStep(random, waits, keeps)];
  while (steps.length < count) steps.push(stepOf(random, random.weighted(weights), { waits, keyed, keeps }));
  return steps;
}

/** How likely it is in a run that a policy lets calls wait, that a call has a key, and that its response is kept. */
interface Character {
  readonly waits: boolean;
  readonly keyed: number;
  readonly keeps: number;
}

function stepOf(random: Random, kind: StepKind, { waits, keyed, keeps }: Character): Step {
  const call = random.chance(0.7) ? -random.between(1, 6) : random.between(0, 400);
  switch (kind) {
    case 'wait':
      return { do: kind, ms: waitMs(random) };
    case 'jump':
      return { do: kind, ms: jumpMs(random) };
    case 'month-end':
      return { do: kind, beforeMs: random.between(0, 3000) };
    case 'admit':
      return {
        do: kind,
        shape: shapeOf(random),
        keyed: keyedOf(random, keyed),
        callMs: random.chance(0.2) ? random.between(60_000, 900_000) : 0,
        send: sendingOf(random),
      };
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
        ...(keeps > 0 && random.chance(keeps) && { response: responseToKeep(random) }),
        send: sendingOf(random),
      };
    case 'resolve':
    case 'read':
    case 'forget':
      return responseStep(random, kind, call, sendingOf(random));
    case 'renew':
      return { do: kind, calls: Array.from({ length: random.between(1, 8) }, () => -random.between(1, 10)) };
    case 'exchange':
      return exchangeStep(random);
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
      return configureStep(random, waits, keeps);
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
  const farMs = random.chance(0.5) ? random.pick([3_600_000, 86_400_000, 40 * 86_400_000]) : 0;
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
