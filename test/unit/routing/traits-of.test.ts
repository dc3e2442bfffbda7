import { describe, expect, test } from 'vitest';
import { traitsOf } from '../../../src/core/routing/traits.ts';
import { modelsOf, planned } from '../../support/plan.ts';
import { routesCatalog } from '../../support/routes.ts';

const of = routesCatalog({
  dev: { strategy: 'stage', plan: 'wide', code: 'small', review: 'tiny' },
  auto: { strategy: 'complexity', simple: 'tiny', medium: 'small', complex: 'wide' },
});

const say = (content: string) => ({ protocol: 'chat', request: { messages: [{ role: 'user', content }] } }) as const;

describe('the traits of a call', () => {
  test('decide where its route leads, and say why', () => {
    const review = planned(of, { model: 'dev', traits: traitsOf(say('Please review this pull request for bugs.')) });
    expect(review.route?.arm).toBe('review');
    expect(modelsOf(review)[0]).toBe('tiny');
    const greeting = planned(of, { model: 'auto', traits: traitsOf(say('Hi!')) });
    expect(greeting.route?.arm).toBe('simple');
    expect(greeting.route?.reason).not.toBe('');
  });

  test('are not looked for until somebody asks, and the call is read once for all of them', () => {
    let reads = 0;
    const call = {
      protocol: 'chat',
      get request() {
        reads += 1;
        return say('Prove that there are infinitely many primes.').request;
      },
    } as const;
    const traits = traitsOf(call);
    expect(reads).toBe(0);
    const first = traits.complexity();
    const after = reads;
    expect(after).toBeGreaterThan(0);
    expect(traits.complexity()).toEqual(first);
    traits.stage();
    expect(reads).toBe(after);
  });
});
