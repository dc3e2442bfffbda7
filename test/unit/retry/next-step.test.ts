import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Setback, attemptsAtSameModel, nextOf, nextStep, targetsIn } from '../../../src/core/retry/next-step.ts';
import { catalog } from '../../support/chat.ts';
import { planned } from '../../support/plan.ts';
import { attemptsMax, backoffBaseMs, backoffMaxMs, retryAfterMsMax } from '../../../src/limits.ts';

const first: Setback = {
  remedy: 'again',
  retryAfterMs: undefined,
  attempts: 1,
  attemptsOnTarget: 1,
  next: 'none',
  targetsLeft: 0,
  mayRepeat: true,
  remainingMs: Number.POSITIVE_INFINITY,
  random: 0.5,
};

const anySetback = fc.record({
  remedy: fc.constantFrom('again', 'elsewhere', 'other-model', 'none'),
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
  attempts: fc.integer({ min: 1, max: attemptsMax + 1 }),
  attemptsOnTarget: fc.integer({ min: 1, max: attemptsMax + 1 }),
  next: fc.constantFrom('endpoint', 'target', 'none'),
  targetsLeft: fc.nat({ max: attemptsMax }),
  mayRepeat: fc.boolean(),
  remainingMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: -10, max: 60_000 })),
  random: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
});

describe('a failed attempt', () => {
  test('is repeated if it was transient, after up to a bound that doubles each time', () => {
    expect(nextStep(first)).toEqual({ kind: 'again', waitMs: backoffBaseMs / 2 });
    expect(nextStep({ ...first, attempts: 3, attemptsOnTarget: 3 })).toEqual({
      kind: 'again',
      waitMs: backoffBaseMs * 2,
    });
    expect(nextStep({ ...first, random: 0 })).toEqual({ kind: 'again', waitMs: 0 });
  });

  test('is repeated only if that could go better', () => {
    fc.assert(
      fc.property(anySetback, (setback) => {
        const { remedy, attempts, remainingMs, next, mayRepeat } = setback;
        const mayGoOn = remedy !== 'none' && attempts < attemptsMax && remainingMs > 0;
        const allowed = [
          'stop',
          ...(mayGoOn && remedy === 'again' && mayRepeat && next !== 'endpoint' ? ['again'] : []),
          ...(mayGoOn && next !== 'none' ? ['next'] : []),
        ];
        expect(allowed).toContain(nextStep(setback).kind);
      }),
    );
  });

  test('is not repeated where every request that is left is wanted for a target that was not asked yet', () => {
    const failed = { ...first, next: 'target' } as const;
    expect(nextStep({ ...failed, targetsLeft: attemptsMax - 1 })).toEqual({ kind: 'next' });
    expect(nextStep({ ...failed, targetsLeft: attemptsMax - 2 }).kind).toBe('again');
    expect(nextStep({ ...failed, attempts: attemptsMax - 1, targetsLeft: 1 })).toEqual({ kind: 'next' });
  });

  test('never waits longer than is bearable, than the call may take, or less than the provider asks for', () => {
    fc.assert(
      fc.property(anySetback, (setback) => {
        const step = nextStep(setback);
        if (step.kind !== 'again') return;
        expect(step.waitMs).toBeLessThan(setback.remainingMs);
        expect(step.waitMs).toBeGreaterThanOrEqual(setback.retryAfterMs ?? 0);
        expect(step.waitMs).toBeLessThan(retryAfterMsMax + backoffMaxMs);
      }),
    );
  });

  test('is tried at the next target after two failures of one', () => {
    expect(nextStep({ ...first, next: 'target' }).kind).toBe('again');
    expect(nextStep({ ...first, next: 'target', attempts: 2, attemptsOnTarget: 2 }).kind).toBe('next');
  });

  test('is tried at the next target at once if only that can help, or the call ends where there is none', () => {
    expect(nextStep({ ...first, remedy: 'elsewhere', next: 'target' }).kind).toBe('next');
    expect(nextStep({ ...first, remedy: 'elsewhere' }).kind).toBe('stop');
  });

  test('is tried at the next model at once if only that can help, past all that is left of its own', () => {
    expect(nextStep({ ...first, remedy: 'other-model', next: 'target' }).kind).toBe('next');
    expect(nextStep({ ...first, remedy: 'other-model' }).kind).toBe('stop');
    const [one, east, west, plain] = planned(catalog, { model: 'both', models: ['plain'] }).attempts;
    if (east === undefined || west === undefined || plain === undefined) throw new Error('the catalog has changed');
    expect(attemptsAtSameModel([east, west, plain], one)).toBe(2);
    expect(attemptsAtSameModel([plain], west)).toBe(0);
    expect(attemptsAtSameModel([east, west], one)).toBe(2);
    expect(attemptsAtSameModel([], one)).toBe(0);
  });

  test('ends the call after the most attempts that one may have', () => {
    expect(nextStep({ ...first, attempts: attemptsMax - 1 }).kind).toBe('again');
    expect(nextStep({ ...first, attempts: attemptsMax }).kind).toBe('stop');
    expect(nextStep({ ...first, attempts: attemptsMax, next: 'target' }).kind).toBe('stop');
  });
});

describe('another endpoint of the same target', () => {
  test('is tried at once, before the one that failed is tried again', () => {
    expect(nextStep({ ...first, next: 'endpoint' })).toEqual({ kind: 'next' });
    expect(nextStep({ ...first, next: 'endpoint', retryAfterMs: 10_000 })).toEqual({ kind: 'next' });
    expect(nextStep({ ...first, next: 'endpoint', attempts: attemptsMax }).kind).toBe('stop');
  });

  test('is told from another target, by provider and by its name for the model', () => {
    const { attempts } = planned(catalog, { model: 'safe' });
    const [plain, one, east, west] = attempts;
    if (one === undefined || east === undefined || west === undefined) throw new Error('the catalog has changed');
    expect(nextOf(east, west)).toBe('endpoint');
    expect(nextOf(plain, one)).toBe('target');
    expect(nextOf(one, east)).toBe('target');
    expect(nextOf(east, undefined)).toBe('none');
    expect([targetsIn([], east), targetsIn([west], east), targetsIn([west, plain, one], east)]).toEqual([0, 0, 2]);
  });
});

describe('a provider whose retry budget is spent', () => {
  test('is not asked again: the next target is, where there is one', () => {
    expect(nextStep({ ...first, mayRepeat: false })).toEqual({ kind: 'stop' });
    expect(nextStep({ ...first, mayRepeat: false, next: 'target' })).toEqual({ kind: 'next' });
  });
});

describe('a provider that says when to come back', () => {
  test('is waited for as long as it asks, up to a bound', () => {
    expect(nextStep({ ...first, retryAfterMs: retryAfterMsMax, random: 0 })).toEqual({
      kind: 'again',
      waitMs: retryAfterMsMax,
    });
    expect(nextStep({ ...first, retryAfterMs: retryAfterMsMax + 1, random: 0 }).kind).toBe('stop');
  });

  test('is not waited for while another target could answer', () => {
    expect(nextStep({ ...first, retryAfterMs: 5000, next: 'target' }).kind).toBe('next');
    expect(nextStep({ ...first, retryAfterMs: 100, next: 'target' }).kind).toBe('again');
  });

  test('is not waited for beyond the time that the client gave', () => {
    expect(nextStep({ ...first, retryAfterMs: 5000, remainingMs: 4000 }).kind).toBe('stop');
  });
});
