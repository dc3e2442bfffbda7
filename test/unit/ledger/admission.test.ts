import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitsPerAccountMax, openHoldsMax } from '../../../src/limits.ts';
import { limitStandings } from '../../../src/core/ledger/admission.ts';
import { takeSnapshot } from '../../../src/core/ledger/snapshot.ts';
import { day, hour, minute, month, total } from '../../../src/core/ledger/window.ts';
import {
  TestLedger,
  admitCommand,
  concurrency,
  limit,
  noon,
  refusalOf,
  sliding,
  streams,
  postedIn,
} from '../../support/ledger.ts';

describe('a limit on each metric', () => {
  test('requests: the one over it is refused, and consumes nothing', () => {
    const ledger = new TestLedger([limit('requests', minute, 2)]).use('a').use('b');
    const before = JSON.stringify(takeSnapshot(ledger.state));
    expect(ledger.admit('c').kind).toBe('refused');
    expect(JSON.stringify(takeSnapshot(ledger.state))).toBe(before);
  });

  test('tokens: a hold is reserved in full before it is used', () => {
    const ledger = new TestLedger([limit('tokens', day, 100)]);
    ledger.hold('a', { tokens: 60 });
    expect(ledger.admit('b', { tokens: 41 }).kind).toBe('refused');
    expect(ledger.admit('c', { tokens: 40 }).kind).toBe('granted');
  });

  test('usd: what a settlement leaves of its hold is free at once', () => {
    const ledger = new TestLedger([limit('usd', month, 1000)]);
    const id = ledger.hold('a', { nanoUsd: 1000 });
    expect(ledger.admit('b', { nanoUsd: 1 }).kind).toBe('refused');
    ledger.settle(id, { nanoUsd: 400 });
    expect(ledger.admit('c', { nanoUsd: 600 }).kind).toBe('granted');
    expect(ledger.admit('d', { nanoUsd: 1 }).kind).toBe('refused');
  });

  test('concurrency: an end makes room, whichever it is', () => {
    const ledger = new TestLedger([concurrency(1)]);
    const settled = ledger.hold('a');
    expect(ledger.admit('b').kind).toBe('refused');
    ledger.settle(settled);
    ledger.hold('c');
    ledger.void('c');
    const expired = ledger.hold('d');
    ledger.expire(expired);
    expect(ledger.admit('e').kind).toBe('granted');
    expect(ledger.admit('f').kind).toBe('refused');
  });

  test('streams: calls that do not stream pass', () => {
    const ledger = new TestLedger([streams(1)]);
    ledger.hold('a', { stream: true });
    expect(ledger.admit('b', { stream: true }).kind).toBe('refused');
    expect(ledger.admit('c', { stream: false }).kind).toBe('granted');
  });

  test('a maximum of nothing refuses whatever needs something', () => {
    const ledger = new TestLedger([limit('usd', total, 0)]);
    expect(ledger.refusal('a', { nanoUsd: 1 }).comeBack).toEqual({ kind: 'never' });
    expect(ledger.admit('b', { nanoUsd: 0 }).kind).toBe('granted');
  });
});

describe('many limits at once', () => {
  const many = Array.from({ length: limitsPerAccountMax }, (_unused, index) =>
    limit('tokens', sliding(30_000 + index * 1000), 1000 + index),
  );

  test('an admission under as many as an account may have takes from all of them', () => {
    const ledger = new TestLedger(many);
    ledger.hold('a', { tokens: 1000 });
    expect(limitStandings(ledger.state, noon).map(({ held }) => held)).toEqual(many.map(() => 1000));
  });

  test.each([0, 15, 31])('a refusal by the one at place %i takes from none of them', (place) => {
    const ledger = new TestLedger(many.with(place, limit('tokens', hour, 999)));
    expect(ledger.refusal('a', { tokens: 1000 }).limit.max).toBe(999);
    expect(limitStandings(ledger.state, noon).every(({ held, posted }) => held === 0 && posted === 0)).toBe(true);
    expect(ledger.events).toHaveLength(1);
  });

  test('limits that a call is not in the scope of do not count it and do not refuse it', () => {
    const ledger = new TestLedger([
      limit('requests', minute, 0, { endpoint: 'embeddings' }),
      limit('requests', minute, 0, { models: ['gpt-*'] }),
      limit('requests', minute, 1, { endpoint: 'chat', models: ['claude-*'] }),
    ]);
    expect(ledger.admit('a', { model: 'claude-x' }).kind).toBe('granted');
    expect(ledger.admit('b', { model: 'claude-x' }).kind).toBe('refused');
    expect(ledger.admit('c', { model: 'llama' }).kind).toBe('granted');
    expect(limitStandings(ledger.state, noon).map(({ held }) => held)).toEqual([0, 0, 1]);
  });
});

describe('the output cap', () => {
  const perToken = { tokens: 10, nanoUsd: 5, tokensPerCapToken: 2, picoUsdPerCapToken: 1500 };

  test('is the one wanted, where it fits', () => {
    const ledger = new TestLedger([limit('tokens', day, 210)]);
    expect(ledger.admit('a', { ...perToken, capWanted: 100 })).toMatchObject({ cap: 100, tokens: 210, nanoUsd: 155 });
  });

  test('is lowered to what fits under the tightest limit, and the hold with it', () => {
    const ledger = new TestLedger([limit('tokens', day, 150), limit('usd', day, 20), limit('requests', day, 9)]);
    expect(ledger.admit('a', { ...perToken, capWanted: 100, capLeast: 1 })).toMatchObject({
      cap: 10,
      tokens: 30,
      nanoUsd: 20,
    });
  });

  test('is refused below the least that is of use, naming what that least would need', () => {
    const ledger = new TestLedger([limit('tokens', day, 29)]);
    const refusal = ledger.refusal('a', { ...perToken, capWanted: 100, capLeast: 10 });
    expect(refusal).toMatchObject({ needed: 30, free: 29, comeBack: { kind: 'never' } });
  });

  test('is not lowered by a limit that its tokens do not count in', () => {
    const ledger = new TestLedger([limit('tokens', day, 10), limit('usd', day, 5)]);
    const free = { tokens: 10, nanoUsd: 5, tokensPerCapToken: 0, picoUsdPerCapToken: 0, capWanted: 100 };
    expect(ledger.admit('a', free)).toMatchObject({ cap: 100, tokens: 10, nanoUsd: 5 });
  });

  test('is the largest that fits under every limit, for any price and any room', () => {
    const natural = fc.nat({ max: 100_000 });
    fc.assert(
      fc.property(natural, natural, natural, natural, fc.nat(5), fc.nat(5_000_000), (maxTokens, maxUsd, ...rest) => {
        const [tokens, nanoUsd, tokensPerCapToken, picoUsdPerCapToken] = rest;
        const wanted = { tokens, nanoUsd, tokensPerCapToken, picoUsdPerCapToken, capWanted: 5000 };
        const ledger = new TestLedger([limit('tokens', day, maxTokens), limit('usd', day, maxUsd)]);
        const fits = (cap: number): boolean =>
          tokens + cap * tokensPerCapToken <= maxTokens &&
          BigInt(nanoUsd) * 1000n + BigInt(cap) * BigInt(picoUsdPerCapToken) <= BigInt(maxUsd) * 1000n;
        const answer = ledger.admit('a', wanted);
        const cap = answer.kind === 'granted' ? answer.cap : -1;
        expect(cap < 0 || fits(cap)).toBe(true);
        expect(cap === 5000 || !fits(cap + 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is to fit several times over', () => {
  const wanted = { tokens: 10, nanoUsd: 5, tokensPerCapToken: 1, capWanted: 10, capLeast: 10, timesOver: 4 };

  test('is admitted where so much is free, and holds its size once', () => {
    const ledger = new TestLedger([limit('tokens', day, 80), limit('usd', day, 20)]);
    expect(ledger.admit('a', wanted)).toMatchObject({ kind: 'granted', cap: 10, tokens: 20, nanoUsd: 5 });
    expect(limitStandings(ledger.state, noon).map(({ held }) => held)).toEqual([20, 5]);
  });

  test.each([
    [limit('tokens', day, 79), 80],
    [limit('usd', day, 19), 20],
  ])('is refused where less is free, and waits for nothing: who asks so can do with less', (tight, needed) => {
    const ledger = new TestLedger([tight]);
    expect(ledger.refusal('a', wanted)).toMatchObject({ needed, free: tight.max, comeBack: { kind: 'never' } });
    expect(ledger.admit('b', { ...wanted, timesOver: 1 }).kind).toBe('granted');
    const other = new TestLedger([{ ...tight, max: needed }]);
    other.admit('a', { tokens: 1, nanoUsd: 1 });
    expect(other.refusal('b', wanted).comeBack).toEqual({ kind: 'never' });
  });

  test('has its cap lowered to its share of what is free', () => {
    const ledger = new TestLedger([limit('tokens', day, 79)]);
    expect(ledger.admit('a', { ...wanted, capLeast: 1 })).toMatchObject({ cap: 9, tokens: 19 });
  });

  test('is one request, and one of those in flight', () => {
    const ledger = new TestLedger([limit('requests', day, 1), limit('concurrency', total, 1)]);
    expect(ledger.admit('a', wanted).kind).toBe('granted');
  });
});

describe('a bound that is no bound', () => {
  test.each([
    ['least cap', { capLeast: -1 }],
    ['cap wanted above the least cap', { capWanted: 1, capLeast: 2 }],
    ['fixed tokens', { tokens: -1 }],
    ['fixed nano-dollars', { nanoUsd: 0.5 }],
    ['tokens for each token of the cap', { tokensPerCapToken: -1 }],
    ['pico-dollars for each token of the cap', { picoUsdPerCapToken: Number.NaN }],
    ['times over', { timesOver: 0 }],
    ['nano-dollars of a hold', { nanoUsd: Number.MAX_SAFE_INTEGER, timesOver: 2 }],
    ['tokens of a hold', { tokens: Number.MAX_SAFE_INTEGER, tokensPerCapToken: 1, capWanted: 1 }],
    ['pico-dollars', { picoUsdPerCapToken: Number.MAX_SAFE_INTEGER, capWanted: 2 }],
  ])('fails its own command alone, by its %s', (what, wanted) => {
    const ledger = new TestLedger();
    expect(() => ledger.admit('a', wanted)).toThrow(what);
    expect(ledger.admit('b', {}).kind).toBe('granted');
  });
});

describe('the holds that an account may have open', () => {
  test('one over as many as there may be is refused as a limit of concurrency would refuse it', () => {
    const ledger = new TestLedger();
    const run = ledger.state;
    for (let index = 0; index < openHoldsMax; index += 1) {
      // Straight into the state: checking every invariant after each of ten thousand would take minutes.
      run.open.set(`9.${index}`, { ...madeUp, id: `9.${index}`, name: `made-up-${index}` });
    }
    const refusal = refusalOf(ledger.decision(admitCommand('one-more')).answer);
    expect(refusal).toEqual({
      limit: { metric: 'concurrency', window: total, max: openHoldsMax },
      posted: 0,
      held: openHoldsMax,
      free: 0,
      needed: 1,
      comeBack: { kind: 'holds' },
    });
    run.open.delete('9.0');
    expect(ledger.decision(admitCommand('one-more')).answer.kind).toBe('granted');
  });

  const madeUp = {
    at: noon,
    endsBy: noon,
    endpoint: 'chat',
    stream: false,
    bounded: true,
    attempt: 1,
    model: 'm',
    tokens: 0,
    nanoUsd: 0,
    cap: 0,
    spentTokens: 0,
    spentNanoUsd: 0,
  } as const;
});

describe('where an account stands', () => {
  test('is told per limit: posted, held, and when all of it will have left', () => {
    const ledger = new TestLedger([limit('tokens', minute, 100), limit('tokens', total, 100), concurrency(3)]);
    ledger.use('a', { tokens: 10 }).pass(10_000).use('b', { tokens: 20 });
    ledger.hold('c', { tokens: 5 });
    const [perMinute, inTotal, inFlight] = limitStandings(ledger.state, ledger.now);
    expect(perMinute).toMatchObject({ posted: 30, held: 5 });
    expect(inTotal).toEqual({ posted: 30, held: 5, resetsAt: undefined });
    expect(inFlight).toEqual({ posted: 0, held: 1, resetsAt: undefined });
    const resetsAt = perMinute?.resetsAt ?? 0;
    expect(limitStandings(ledger.state, ledger.moveTo(resetsAt - 1).now)[0]?.posted).toBe(20);
    expect(limitStandings(ledger.state, ledger.moveTo(resetsAt).now)[0]?.posted).toBe(0);
  });

  test('is counted for the windows that every account has, whether it has limits or not', () => {
    const ledger = new TestLedger().use('a', { nanoUsd: 7, tokens: 3 });
    for (const window of [minute, hour, day, month, total]) {
      expect(postedIn(ledger.state, 'usd', window, noon)).toBe(7);
      expect(postedIn(ledger.state, 'tokens', window, noon)).toBe(3);
      expect(postedIn(ledger.state, 'requests', window, noon)).toBe(1);
    }
    expect(() => postedIn(ledger.state, 'usd', sliding(30_000), noon)).toThrow('a window that not every account keeps');
  });
});
