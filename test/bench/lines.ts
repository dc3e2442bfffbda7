/** How measurements are shown: a line for each, the medians of the rounds beside their targets. */

import { median } from './measure.ts';

export interface Line<R> {
  readonly what: string;
  /** Undefined where it was not measured. */
  readonly valueOf: (round: R) => number | undefined;
  readonly unit: 'ratio' | 'ms' | '/s' | 'chunks/s' | 'µs';
  readonly target?: Bound;
}

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

const nameWidth = 46;

export function showLines<R>(title: string, lines: readonly Line<R>[], rounds: readonly R[]): void {
  const heads = ['median', 'from', 'to'].map((head) => head.padStart(9));
  console.log(`\n${title.padEnd(nameWidth)} ${heads.join(' ')}  target`);
  for (const { what, valueOf, unit, target } of lines) {
    const values = rounds.map(valueOf).filter((value) => value !== undefined);
    if (values.length === 0) continue;
    const shown = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
      show(value, unit).padStart(9),
    );
    const judged = target === undefined ? '' : verdict(median(values), target);
    console.log(`${what.padEnd(nameWidth)} ${shown.join(' ')}  ${judged}`);
  }
}

export function verdict(value: number, target: Bound): string {
  const met = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
  const bound = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
  return `${bound}: ${met ? 'met' : 'MISSED'}`;
}

function show(value: number, unit: Line<never>['unit']): string {
  switch (unit) {
    case 'ratio':
      return value.toFixed(3);
    case 'ms':
      return `${value.toFixed(2)} ms`;
    case 'µs':
      return `${value.toFixed(value < 10 ? 2 : 0)} µs`;
    case '/s':
    case 'chunks/s':
      return `${value.toFixed(0)}/s`;
  }
}
