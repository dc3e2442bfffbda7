import type { Limit, ModelNames } from '../../../src/core/ledger/limit.ts';
import { hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import type { Fate } from '../../support/memory-disk.ts';
import { Random } from '../../support/random.ts';

/** So many keys there are, and so many of each kind of account above them. */
export const keysCount = 3;
export const ownersCount = 2;

/** Who a key belongs to. `named`: as an old release said it, which gave organisations no ledgers. */
export interface OwnerShape {
  readonly user: number;
  readonly organization: number | undefined;
  readonly parent: boolean;
  readonly named: boolean;
}

export interface CallShape extends ModelNames {
  readonly endpoint: 'chat' | 'messages';
  readonly stream: boolean;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly cap: number;
  readonly capLeast: number;
}

/** An account by its place: first the keys, then the users, then the organisations, then their parent. */
export type TreeStep =
  | { readonly do: 'admit'; readonly key: number; readonly shape: CallShape; readonly fate: Fate }
  | { readonly do: 'settle'; readonly call: number; readonly used: number; readonly fate: Fate }
  | {
      readonly do: 'extend';
      readonly call: number;
      readonly spent: number;
      readonly shape: CallShape;
      readonly fate: Fate;
    }
  | { readonly do: 'void'; readonly call: number; readonly fate: Fate }
  /** A router asks again for what it asked before, or gives it up, whether it was answered or not. */
  | { readonly do: 'repeat' | 'give-up'; readonly call: number; readonly fate: Fate }
  | { readonly do: 'renew'; readonly call: number }
  | { readonly do: 'wait'; readonly ms: number }
  /** The clock of one account is set. */
  | { readonly do: 'jump'; readonly account: number; readonly ms: number }
  | { readonly do: 'flush'; readonly account: number }
  | { readonly do: 'evict'; readonly account: number }
  /** Writes a checkpoint and prunes all that is history. */
  | { readonly do: 'house'; readonly account: number }
  /** What happens to a delivery: it may come late, and to its answer: it may be lost. */
  | {
      readonly do: 'deliver';
      readonly key: number;
      readonly to: number;
      readonly fate: Fate;
      readonly way: 'now' | 'late' | 'unanswered';
    }
  /** A key asks an account above. `sent`: it has not heard the answer yet. */
  | {
      readonly do: 'ask';
      readonly key: number;
      readonly to: number;
      readonly fate: Fate;
      readonly way: 'now' | 'sent' | 'late' | 'unanswered';
    }
  /** What was sent comes to the account above, or its answer to the key. */
  | { readonly do: 'carry' | 'hear'; readonly message: number; readonly fate: Fate }
  | { readonly do: 'arrive'; readonly message: number; readonly twice: boolean; readonly fate: Fate }
  | { readonly do: 'owner'; readonly key: number; readonly owner: OwnerShape }
  /** A key hears which limits there are above. */
  | { readonly do: 'tell'; readonly key: number }
  | { readonly do: 'limits'; readonly account: number; readonly limits: readonly Limit[] }
  /** The clock of the account is set back before. */
  | { readonly do: 'reset'; readonly account: number; readonly backMs: number }
  /** The ledger of a key is gone, and a new one begins. */
  | { readonly do: 'lose'; readonly key: number };

const kinds = {
  admit: 24,
  settle: 18,
  extend: 5,
  void: 3,
  repeat: 3,
  'give-up': 2,
  renew: 4,
  ask: 34,
  carry: 5,
  hear: 5,
  tell: 3,
  wait: 10,
  jump: 2,
  flush: 6,
  evict: 5,
  house: 3,
  deliver: 18,
  arrive: 4,
  owner: 3,
  limits: 4,
  reset: 5,
  lose: 0.3,
} as const;

const models: readonly [ModelNames, ...ModelNames[]] = [
  { model: 'gpt-5', aliases: ['mini'] },
  { model: 'claude' },
  { model: 'echo', unlisted: true },
  { model: 'gpt-4' },
];

/** The steps of a seed. The first of them say whom the keys belong to. */
export function treeStepsOf(seed: number, count: number): TreeStep[] {
  const random = new Random(seed);
  const startsOld = random.chance(0.3);
  const first: TreeStep[] = Array.from({ length: keysCount }, (_, key) => {
    return { do: 'owner', key, owner: { ...ownerOf(random), named: startsOld } };
  });
  const above = Array.from({ length: 2 * ownersCount + 1 }, (_, place) => keysCount + place);
  const limited: TreeStep[] = above
    .filter(() => !startsOld && random.chance(0.5))
    .map((account) => ({ do: 'limits', account, limits: limitsOf(random) }));
  return [...limited, ...first, ...Array.from({ length: count }, () => stepOf(random))];
}

function stepOf(random: Random): TreeStep {
  const kind = random.weighted(kinds);
  const key = random.between(0, keysCount - 1);
  const account = random.between(0, keysCount + 2 * ownersCount);
  const call = random.between(0, 11);
  switch (kind) {
    case 'admit':
      return { do: kind, key, shape: shapeOf(random), fate: fateOf(random) };
    case 'settle':
      return { do: kind, call, used: random.pick([0, 0.4, 1, 1, 1.5]), fate: fateOf(random) };
    case 'extend':
      return { do: kind, call, spent: random.pick([0, 0.5, 1]), shape: shapeOf(random), fate: fateOf(random) };
    case 'void':
    case 'repeat':
    case 'give-up':
      return { do: kind, call, fate: fateOf(random) };
    case 'renew':
      return { do: kind, call };
    case 'tell':
      return { do: kind, key };
    case 'ask': {
      const way = random.weighted({ now: 20, sent: 4, late: 1, unanswered: 1 } as const);
      return { do: kind, key, to: random.between(0, 5), fate: fateOf(random), way };
    }
    case 'carry':
    case 'hear':
      return { do: kind, message: random.between(0, 5), fate: fateOf(random) };
    case 'wait':
      return { do: kind, ms: random.pick([1, 400, 1000, 20_000, 100_000, 300_000, 3_600_000, 90_000_000]) };
    case 'jump':
      return { do: kind, account, ms: random.pick([-600_000, -5000, 5000, 600_000, 3_000_000]) };
    case 'flush':
    case 'evict':
    case 'house':
      return { do: kind, account };
    case 'reset':
      return { do: kind, account, backMs: random.pick([0, 0, 600_000, 3_000_000]) };
    case 'deliver': {
      const way = random.weighted({ now: 8, late: 2, unanswered: 2 });
      return { do: kind, key, to: random.between(0, 2), fate: fateOf(random), way };
    }
    case 'arrive':
      return { do: kind, message: random.between(0, 9), twice: random.chance(0.3), fate: fateOf(random) };
    case 'owner':
      return { do: kind, key, owner: ownerOf(random) };
    case 'limits':
      return { do: kind, account, limits: limitsOf(random) };
    case 'lose':
      return { do: kind, key };
  }
}

function fateOf(random: Random): Fate {
  return random.weighted<Fate>({ kept: 20, lost: 1, 'kept-unanswered': 1, torn: 0.5 });
}

function ownerOf(random: Random): OwnerShape {
  return {
    user: random.between(0, ownersCount - 1),
    organization: random.chance(0.8) ? random.between(0, ownersCount - 1) : undefined,
    parent: random.chance(0.4),
    named: false,
  };
}

function windowOf(random: Random): Limit['window'] {
  return random.pick([minute, hour, month, total, { kind: 'sliding', ms: 47_000 }]);
}

function shapeOf(random: Random): CallShape {
  return {
    endpoint: random.pick(['chat', 'messages']),
    ...random.pick(models),
    stream: random.chance(0.3),
    tokens: random.between(0, 40),
    nanoUsd: random.between(0, 90),
    ...random.pick([
      { cap: 0, capLeast: 0 },
      { cap: 30, capLeast: 0 },
      { cap: 60, capLeast: 20 },
    ]),
  };
}

/** Some limits are so wide that all that matters is which counters they begin. */
function limitsOf(random: Random): Limit[] {
  return Array.from({ length: random.between(0, 3) }, () => {
    const scope = random.pick([undefined, { models: ['gpt*'] }, { models: ['mini'] }, { endpoint: 'chat' as const }]);
    return {
      ...random.pick<Pick<Limit, 'metric' | 'window' | 'max'>>([
        { metric: 'requests', window: windowOf(random), max: random.pick([3, 8, 1_000_000_000]) },
        { metric: 'tokens', window: windowOf(random), max: random.pick([70, 120, 300, 1_000_000_000]) },
        { metric: 'usd', window: windowOf(random), max: random.pick([250, 700, 1_000_000_000]) },
        { metric: 'concurrency', window: total, max: random.pick([2, 3, 4]) },
        { metric: 'streams', window: total, max: 1 },
      ]),
      ...(scope === undefined ? {} : { scope }),
    };
  });
}
