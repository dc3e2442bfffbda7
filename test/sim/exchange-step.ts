import type { Random } from '../support/random.ts';
import type { Step } from './step.ts';

/** So many messages that are late come together, as an exchange. It may come twice, and its answers may get lost. */
export interface ExchangeStep {
  readonly do: 'exchange';
  readonly messages: number;
  readonly twice: boolean;
  readonly deaf: boolean;
}

/** In runs from this seed on, commands travel together. */
export const exchangeSeeds = 1_000_000;

export function exchangeStep(random: Random): ExchangeStep {
  const [twice, deaf] = [random.chance(0.15), random.chance(0.1)];
  return { do: 'exchange', messages: random.between(1, 12), twice, deaf };
}

/** The same step where commands travel together: most of them are late, until an exchange takes them along. */
export function travelling(step: Step, random: Random): Step {
  if (step.do === 'deliver' || (step.do === 'wait' && random.chance(0.6))) return exchangeStep(random);
  return 'send' in step && random.chance(0.7) ? { ...step, send: 'late' } : step;
}
