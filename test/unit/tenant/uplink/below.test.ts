import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../../src/core/account/engine.ts';
import { executeConfigure } from '../../../../src/core/account/configure.ts';
import { executeReset } from '../../../../src/core/account/execute.ts';
import { executeTake } from '../../../../src/core/account/uplink/below.ts';
import { datesKeptMax, linkHistoryMax } from '../../../../src/core/account/uplink/delivery-limits.ts';
import type { Delivery } from '../../../../src/core/account/uplink/delivery.ts';
import type { OwedPosting } from '../../../../src/core/account/uplink/owed.ts';
import { standing } from '../../../../src/core/ledger/counter.ts';
import { epochMs } from '../../../../src/core/ledger/epoch-ms.ts';
import { account } from '../../../support/account.ts';
import { noon } from '../../../support/ledger.ts';
import { opened } from '../../../support/opened-engine.ts';

/** Goal: what an account has taken from below is dated right, and taken back only where it is counted. */

/** Deliveries of one ledger below, each with one posting. */
class Below {
  readonly #above: Engine;
  #seq = 0;
  #n = 0;

  constructor(above: Engine) {
    this.#above = above;
  }

  /** Delivers a posting at a time here. Answers its number. */
  post(posting: Partial<OwedPosting>, nowMs: number = noon): number {
    const [seq, n] = [this.#seq, this.#n + 1];
    const common = { at: epochMs(noon), endpoint: 'chat', model: 'echo', requests: 1, tokens: 0, nanoUsd: 0 } as const;
    const delivery: Delivery = {
      from: 'k',
      ledger: 'l',
      after: { seq, check: 0 },
      through: { seq: seq + 1, check: 0 },
      n,
      postings: [{ n, ...common, ...posting }],
    };
    void this.#above.submit((row) => executeTake(this.#above.state, delivery, row));
    this.#above.flush(nowMs);
    [this.#seq, this.#n] = [seq + 1, n];
    return n;
  }
}

function posted(engine: Engine, key: string, nowMs: number = noon): number {
  const counter = engine.state.ledger.counters.get(key);
  if (counter === undefined) throw new Error(`no counter ${key}`);
  return standing(counter, epochMs(nowMs)).posted;
}

function reset(engine: Engine): void {
  void engine.submit((row) => executeReset(engine.state, row));
  engine.flush(noon);
}

describe('a call of an account below', () => {
  test('counts from its admission there, or from now if that clock is ahead', () => {
    const { engine } = opened();
    const below = new Below(engine);
    below.post({ at: epochMs(noon - 50_000) });
    below.post({ at: epochMs(noon + 50_000) });
    expect(posted(engine, 'requests/60000ms')).toBe(2);
    expect(posted(engine, 'requests/60000ms', noon + 15_000)).toBe(1);
    expect(posted(engine, 'requests/60000ms', noon + 62_000)).toBe(0);
    expect(posted(engine, 'requests/total')).toBe(2);
  });

  test('of an age that no window has is in the total alone', () => {
    const { engine } = opened();
    new Below(engine).post({ at: epochMs(noon - 40 * 86_400_000), nanoUsd: 5 });
    expect(posted(engine, 'usd/month')).toBe(0);
    expect(posted(engine, 'usd/total')).toBe(5);
  });
});

describe('what is taken back', () => {
  test('leaves the moment to which it was charged, though that clock was ahead', () => {
    const { engine } = opened();
    const below = new Below(engine);
    const at = epochMs(noon + 3_000_000);
    const charged = below.post({ at, provisional: true, nanoUsd: 100 });
    below.post({ at: epochMs(noon), nanoUsd: 7 }, noon + 30_000);
    below.post({ at, charged, requests: 0, nanoUsd: -100 }, noon + 30_000);
    expect(posted(engine, 'usd/60000ms', noon + 30_000)).toBe(7);
  });

  test('touches no counter that was reset since, also long ago', () => {
    const { engine } = opened();
    const below = new Below(engine);
    const charged = below.post({ provisional: true, nanoUsd: 100 });
    for (let resets = 0; resets < linkHistoryMax + 3; resets += 1) {
      reset(engine);
      below.post({ nanoUsd: 100 });
    }
    below.post({ charged, requests: 0, nanoUsd: -100 });
    expect(posted(engine, 'usd/total')).toBe(100);
  });

  test('is taken back where no counter began since it was charged', () => {
    const { engine } = opened();
    const below = new Below(engine);
    reset(engine);
    const charged = below.post({ provisional: true, nanoUsd: 100 });
    below.post({ charged, requests: 0, nanoUsd: -60 });
    expect(posted(engine, 'usd/total')).toBe(40);
  });

  test('leaves a counter alone that a limit began since', () => {
    const { engine } = opened();
    const below = new Below(engine);
    const charged = below.post({ provisional: true, nanoUsd: 100 });
    const limits = [{ metric: 'usd', per: 'total', max: '9', endpoint: 'chat' }] as const;
    void engine.submit((row) => executeConfigure(engine.state, account('k', { limits: [...limits] }, 2), row));
    engine.flush(noon);
    below.post({ nanoUsd: 5 });
    below.post({ charged, requests: 0, nanoUsd: -100 });
    expect(posted(engine, 'usd/total/chat/*')).toBe(5);
    expect(posted(engine, 'usd/total')).toBe(5);
  });

  test('is not taken back where nobody knows any more to which moment it was charged', () => {
    const { engine } = opened();
    const below = new Below(engine);
    const at = epochMs(noon + 3_000_000);
    const first = below.post({ at, provisional: true, nanoUsd: 1 });
    const second = below.post({ at, provisional: true, nanoUsd: 1 });
    for (let more = 1; more < datesKeptMax; more += 1) below.post({ at, provisional: true, nanoUsd: 1 });
    below.post({ at, charged: first, requests: 0, nanoUsd: -1 });
    expect(posted(engine, 'usd/total')).toBe(datesKeptMax + 1);
    below.post({ at, charged: second, requests: 0, nanoUsd: -1 });
    expect(posted(engine, 'usd/total')).toBe(datesKeptMax);
  });
});
