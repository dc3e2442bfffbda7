import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CallClock } from '../../../src/gateway/request/call-clock.ts';
import { type Patience, PatientQuestion } from '../../../src/gateway/request/patient-question.ts';

/** What becomes of one asking, so many milliseconds after it. */
interface Fate {
  readonly kind: 'answered' | 'lost' | 'silent';
  readonly afterMs: number;
}

interface Course {
  /** When it was asked, in milliseconds after the first time. */
  readonly askedAtMs: readonly number[];
  readonly underWayMax: number;
  readonly repeats: readonly string[];
  readonly outcome: { readonly answer: number } | { readonly error: string };
  readonly endedAtMs: number;
}

const patience: Patience = { asksMax: 4, silencesMs: [100, 200], pauseMs: (lost) => lost * 10 };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('scheduler', { wait: async (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms)) });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** How it goes with a question whose askings come to these ends, in turn; those that follow stay silent. */
async function courseOf(fates: readonly Fate[], how: Patience = patience): Promise<Course> {
  const beganMs = Date.now();
  const askedAtMs: number[] = [];
  const repeats: string[] = [];
  let underWay = 0;
  let underWayMax = 0;
  const ask = async (): Promise<number> => {
    const number = askedAtMs.push(Date.now() - beganMs);
    underWay += 1;
    underWayMax = Math.max(underWayMax, underWay);
    const { kind, afterMs } = fates[number - 1] ?? { kind: 'silent', afterMs: 0 };
    if (kind === 'silent') return Promise.withResolvers<never>().promise;
    await new Promise((resolve) => void setTimeout(resolve, afterMs));
    underWay -= 1;
    if (kind === 'lost') throw new Error(`lost ${number}`);
    return number;
  };
  const asking = PatientQuestion.ask(ask, how, new CallClock(), (error) => void repeats.push(String(error)));
  const ended = asking.then(
    (answer) => ({ outcome: { answer }, endedAtMs: Date.now() - beganMs }),
    (error: unknown) => ({ outcome: { error: String(error) }, endedAtMs: Date.now() - beganMs }),
  );
  await vi.advanceTimersByTimeAsync(10_000);
  return { askedAtMs, underWayMax, repeats, ...(await ended) };
}

const answered = (afterMs: number): Fate => ({ kind: 'answered', afterMs });
const lost = (afterMs: number): Fate => ({ kind: 'lost', afterMs });
const silent: Fate = { kind: 'silent', afterMs: 0 };

describe('a question', () => {
  test('that is answered is asked once, however long that takes within its silence', async () => {
    expect(await courseOf([answered(99)])).toMatchObject({ askedAtMs: [0], outcome: { answer: 1 }, repeats: [] });
  });

  test('whose answer is lost is asked again after a pause, each longer than the one before', async () => {
    const course = await courseOf([lost(5), lost(5), answered(5)]);
    expect(course).toMatchObject({ askedAtMs: [0, 15, 40], outcome: { answer: 3 } });
    expect(course.repeats).toEqual(['Error: lost 1', 'Error: lost 2']);
  });

  test('whose answers are all lost fails with the last', async () => {
    const course = await courseOf([lost(0), lost(0), lost(0), lost(0)]);
    expect(course.askedAtMs).toHaveLength(4);
    expect(course.outcome).toEqual({ error: 'Error: lost 4' });
  });

  test('that nobody answers is asked once more, and given up', async () => {
    const course = await courseOf([silent, silent]);
    expect(course).toMatchObject({ askedAtMs: [0, 100], underWayMax: 2, endedAtMs: 300 });
    expect(course.outcome).toEqual({ error: 'Error: no answer within 200 ms' });
  });

  test('takes the first answer that comes, of whichever asking', async () => {
    expect(await courseOf([answered(150), silent])).toMatchObject({ outcome: { answer: 1 }, endedAtMs: 150 });
    expect(await courseOf([silent, answered(7)])).toMatchObject({ outcome: { answer: 2 }, endedAtMs: 107 });
  });

  test('that is answered during a pause is not asked again', async () => {
    expect(await courseOf([answered(103), lost(0)])).toMatchObject({ askedAtMs: [0, 100], outcome: { answer: 1 } });
  });

  test('that is lost twice at once is asked no more often for that', async () => {
    const course = await courseOf([lost(100), lost(0), lost(0), silent, answered(0)]);
    expect(course.askedAtMs).toHaveLength(4);
    expect(course.outcome).toEqual({ error: 'Error: no answer within 200 ms' });
  });

  test('has at most two askings under way, ends, and is answered where one of them is in time', async () => {
    const fate = fc.record<Fate>({
      kind: fc.constantFrom('answered', 'lost', 'silent'),
      afterMs: fc.integer({ min: 0, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 6 }), async (fates) => {
        const { askedAtMs, underWayMax, outcome, endedAtMs } = await courseOf(fates);
        expect(underWayMax).toBeLessThanOrEqual(2);
        expect(askedAtMs.length).toBeLessThanOrEqual(patience.asksMax);
        const answers = askedAtMs.flatMap((atMs, index) => {
          const { kind, afterMs } = fates[index] ?? silent;
          return kind === 'answered' ? [{ answer: index + 1, atMs: atMs + afterMs }] : [];
        });
        const first = answers.toSorted((one, other) => one.atMs - other.atMs)[0];
        if (first !== undefined && first.atMs < endedAtMs) expect(outcome).toEqual({ answer: first.answer });
        if ('answer' in outcome) expect(answers.map(({ answer }) => answer)).toContain(outcome.answer);
        expect(endedAtMs).toBeLessThanOrEqual(4 * 400 + 300 + 60);
      }),
      { numRuns: 200 },
    );
  });
});
