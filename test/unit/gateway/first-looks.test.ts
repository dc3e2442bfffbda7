import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  FirstLooks,
  calledMs,
  goneMs,
  lagMsMax,
  looksAtFirst,
  recheckMs,
  restMs,
} from '../../../src/gateway/request/first-looks.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Those who come one after the other, each of whose looks ends when the test says so. */
class Comers {
  readonly looks = new FirstLooks();
  /** Who has begun to look, in order. */
  readonly begun: number[] = [];
  readonly #ends = new Map<number, PromiseWithResolvers<string>>();
  #came = 0;

  /** So many more come. Answers what becomes of each. */
  come(count: number): Promise<string>[] {
    return Array.from({ length: count }, async () => {
      this.#came += 1;
      const number = this.#came;
      return this.looks.inTurn(async () => {
        this.begun.push(number);
        const end = Promise.withResolvers<string>();
        this.#ends.set(number, end);
        return end.promise;
      });
    });
  }

  async end(...numbers: number[]): Promise<void> {
    for (const number of numbers) this.#ends.get(number)?.resolve(`seen ${number}`);
    await vi.advanceTimersByTimeAsync(0);
  }
}

/** The thread has been at something else for so long when it rings its timers next. */
async function ringsAfter(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await vi.advanceTimersByTimeAsync(0);
  await vi.advanceTimersByTimeAsync(restMs);
}

/** As many as begin at first, in a thread that is behind. */
async function behind(): Promise<Comers> {
  const comers = new Comers();
  void comers.come(looksAtFirst);
  await ringsAfter(lagMsMax + 1);
  expect(comers.begun).toHaveLength(looksAtFirst);
  return comers;
}

const placesAfterFirst = (...places: number[]): number[] => places.map((place) => looksAtFirst + place);

describe('who asks for an account that the isolate knows nothing of', () => {
  test('alone does not wait for anything, not even a timer', async () => {
    const looks = new FirstLooks();
    const look = vi.fn<() => Promise<string>>().mockResolvedValue('seen');
    const seen = looks.inTurn(look);
    expect(look).toHaveBeenCalledTimes(1);
    expect(await seen).toBe('seen');
  });

  test('stands in line where enough are at it and the thread is behind, and is called in the order of coming', async () => {
    const comers = await behind();
    const waiting = comers.come(3);
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun).toHaveLength(looksAtFirst);
    await comers.end(3);
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun.slice(looksAtFirst)).toEqual(placesAfterFirst(1));
    await comers.end(looksAtFirst + 1);
    expect(await waiting[0]).toBe(`seen ${looksAtFirst + 1}`);
    void comers.come(1);
    await comers.end(1, 2);
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun.slice(looksAtFirst)).toEqual(placesAfterFirst(1, 2, 3, 4));
  });

  test('lets the thread read before it begins, where that is behind: it waits for a timer that is not due yet', async () => {
    const comers = new Comers();
    void comers.come(2);
    vi.setSystemTime(Date.now() + lagMsMax + 1);
    await vi.advanceTimersByTimeAsync(0);
    expect(comers.begun).toEqual([1]);
    await vi.advanceTimersByTimeAsync(restMs);
    expect(comers.begun).toEqual([1, 2]);
  });

  test('finds room for as many as the thread copes with', async () => {
    const comers = new Comers();
    void comers.come(looksAtFirst * 4);
    let trips = 0;
    while (comers.begun.length < looksAtFirst * 4) {
      trips += 1;
      await comers.end(...comers.begun);
      await ringsAfter(0);
    }
    // All but the first of each trip have shown that there is room for one more.
    expect(trips).toBeLessThanOrEqual(3);
  });

  test('finds no more room than at first when the thread falls behind', async () => {
    const comers = new Comers();
    void comers.come(looksAtFirst);
    await ringsAfter(0);
    const grown = 2 * looksAtFirst - 1;
    void comers.come(looksAtFirst + 9);
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun).toHaveLength(grown);
    await comers.end(...comers.begun.slice(0, grown - looksAtFirst));
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun).toHaveLength(grown);
    await comers.end(grown);
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun).toHaveLength(grown + 1);
  });

  test('finds no more room than at first when all before it are through', async () => {
    const comers = new Comers();
    void comers.come(looksAtFirst);
    await ringsAfter(0);
    await comers.end(...comers.begun);
    void comers.come(looksAtFirst * 2);
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun).toHaveLength(2 * looksAtFirst);
  });

  test('does not look where others have heard of the account meanwhile, wherever it stands in line', async () => {
    const comers = await behind();
    void comers.come(3);
    const said: string[] = [];
    const look = vi.fn<() => Promise<string>>().mockResolvedValue('seen');
    const waiting = comers.looks.inTurn(look, () => said[0]);
    await ringsAfter(0);
    said.push('heard');
    await comers.end(1);
    expect(await waiting).toBe('heard');
    expect(look).not.toHaveBeenCalled();
    await ringsAfter(lagMsMax + 1);
    expect(comers.begun.slice(looksAtFirst)).toEqual(placesAfterFirst(1));
  });

  test('makes room also where it fails', async () => {
    const looks = new FirstLooks();
    const fails = async (): Promise<never> => Promise.reject(new Error('connection lost'));
    const failures = Promise.allSettled(Array.from({ length: looksAtFirst }, async () => looks.inTurn(fails)));
    await ringsAfter(lagMsMax + 1);
    await failures;
    const look = vi.fn<() => Promise<string>>().mockResolvedValue('seen');
    void looks.inTurn(look);
    expect(look).toHaveBeenCalledTimes(1);
  });

  test('has its turn although those before it are gone and will never say so', async () => {
    const comers = await behind();
    void comers.come(1);
    await vi.advanceTimersByTimeAsync(goneMs - recheckMs);
    expect(comers.begun).toHaveLength(looksAtFirst);
    await vi.advanceTimersByTimeAsync(2 * recheckMs);
    expect(comers.begun).toHaveLength(looksAtFirst + 1);
  });

  test('has its turn although all before it in line are gone, who are called and never come', async () => {
    const comers = await behind();
    // What ends with its request hears nothing any more, and has no timers.
    const unheard = { promise: new Promise<never>(() => undefined), resolve: () => undefined, reject: () => undefined };
    const resolvers = vi.spyOn(Promise, 'withResolvers').mockReturnValue(unheard);
    const intervals = vi.spyOn(globalThis, 'setInterval').mockReturnValue(setTimeout(() => undefined, 0));
    void comers.come(3 * looksAtFirst);
    await vi.advanceTimersByTimeAsync(0);
    resolvers.mockRestore();
    intervals.mockRestore();
    void comers.come(1);
    await comers.end(...comers.begun);
    expect(comers.begun).toHaveLength(looksAtFirst);
    await vi.advanceTimersByTimeAsync(4 * (calledMs + recheckMs));
    expect(comers.begun).toHaveLength(looksAtFirst + 1);
  });
});
