import { describe, expect, test } from 'vitest';
import { play } from './simulate.ts';
import type { Shape, Step } from './step.ts';

/**
 * Histories that the simulator once found to break a promise, cut down and kept as steps: what a seed comes to changes
 * with the generator, and a history does not.
 */

const shape: Shape = {
  endpoint: 'chat',
  stream: false,
  bounded: true,
  model: 'gpt-5',
  fixedTokens: 4,
  fixedNanoUsd: 9,
  tokensPerCapToken: 1,
  picoUsdPerCapToken: 0,
  capWanted: 0,
  capLeast: 0,
};
const configure: Step = { do: 'configure', limits: [], waitMs: 0 };
const admit = { do: 'admit', shape, send: 'now' } as const;
const flush: Step = { do: 'flush', fate: 'kept' };
const wait = (ms: number): Step => ({ do: 'wait', ms });
const voidFirst: Step = { do: 'void-first', shape, send: 'now' };

describe('histories that once broke a promise', () => {
  test.each<[string, readonly Step[]]>([
    [
      'a lease lasted longer by as much as the clock was set back',
      [configure, admit, wait(9900), { do: 'jump', ms: -500_000 }],
    ],
    [
      'a lease that was granted after the clock was set back waited for one from before',
      [configure, admit, wait(10), { do: 'jump', ms: -500_000 }, admit, wait(10)],
    ],
    [
      'a name that one instance had forgotten was held against the hold that took it anew',
      [
        configure,
        ...Array.from({ length: 4 }, () => [voidFirst, wait(900_000)]).flat(),
        admit,
        flush,
        flush,
        { do: 'settle', call: -1, used: 1, knows: true, send: 'now' },
        wait(130_000),
        { do: 'alarm', fate: 'kept' },
        wait(1_000_000),
        voidFirst,
        flush,
        { do: 'repeat', call: 4, send: 'now' },
        flush,
        { do: 'evict' },
        admit,
      ],
    ],
    [
      'a renewal after the clock was set back left on disk what was written before, which lasted longer by as much',
      [configure, admit, wait(10_866), { do: 'jump', ms: -65_307 }, { do: 'renew', calls: [-1] }],
    ],
    [
      'an instance that another had outrun kept answering alarms, and its hold was never ended',
      [configure, admit, wait(200_000_000), { do: 'second', skewMs: -200 }, admit, { do: 'alarm', fate: 'lost' }],
    ],
    [
      'an instance left the lease of a new hold to an alarm that another instance had heard',
      [
        configure,
        admit,
        wait(130_000),
        { do: 'second', skewMs: 2800 },
        { do: 'alarm', fate: 'kept-unanswered' },
        admit,
      ],
    ],
    [
      'an instance left the lease of a new hold to an alarm of that very moment, which another instance had heard',
      [
        { do: 'configure', limits: [{ metric: 'usd', window: { kind: 'total' }, max: 17 }], waitMs: 0 },
        admit,
        wait(244_158_658),
        { do: 'evict' },
        admit,
        { do: 'second', skewMs: 307 },
        { do: 'alarm', fate: 'torn' },
        { do: 'admit', shape: { ...shape, fixedNanoUsd: 3 }, send: 'now' },
      ],
    ],
    [
      'a command that was wrong in itself took the whole actor with it, because it had to wait for its turn',
      [
        { do: 'configure', limits: [{ metric: 'concurrency', window: { kind: 'total' }, max: 1 }], waitMs: 30_000 },
        admit,
        flush,
        flush,
        admit,
        flush,
        { do: 'nonsense', what: 'bound' },
        flush,
        { do: 'settle', call: -1, used: 1, knows: true, send: 'now' },
      ],
    ],
    [
      'a key was not given back where all that was charged had been posted by an extension, which was nothing',
      [
        configure,
        { do: 'admit', shape, keyed: { key: 7, body: 0 }, send: 'now' },
        wait(2468),
        { do: 'extend', call: -1, again: true, spent: 0, shape, send: 'now' },
        { do: 'settle', call: -1, used: 1, knows: false, given: 'failed', send: 'now' },
        wait(497_261),
      ],
    ],
    [
      'a renewal that never reached the disk, after the clock was set back, was taken for a lease by who looked on',
      [
        configure,
        admit,
        flush,
        { do: 'jump', ms: -148_876 },
        { do: 'renew', calls: [-2, -3] },
        { do: 'flush', fate: 'lost' },
      ],
    ],
    [
      'a name that had been forgotten, and was taken anew, was known again when the time was set back',
      [
        configure,
        voidFirst,
        flush,
        wait(1_000_000),
        { do: 'repeat', call: 0, send: 'now' },
        flush,
        flush,
        { do: 'jump', ms: -86_400_000 },
        { do: 'reset' },
        flush,
      ],
    ],
    [
      'a slot was given away whose owner had just been told of its lease, because the clock was set ahead',
      [configure, admit, wait(6), { do: 'jump', ms: 161_585 }],
    ],
    [
      'a slot was given away whose owner went on renewing it, because the clock was set ahead while its actor slept',
      [
        configure,
        { ...admit, callMs: 300_000 },
        wait(20_000),
        { do: 'evict' },
        { do: 'jump', ms: 86_400_000 },
        { do: 'alarm', fate: 'kept' },
        wait(200_000),
      ],
    ],
    [
      'a call that lasted for more than an hour by the clock was told of leases that it had not',
      [
        configure,
        { ...admit, callMs: 300_000 },
        wait(20_000),
        { do: 'jump', ms: 3_600_000 },
        wait(100_000),
        flush,
        wait(100_000),
      ],
    ],
  ])('%s', async (_what, steps) => {
    expect(await play(steps)).toBeUndefined();
  });
});
