import { FoldError, type Row } from './row.ts';
import type { Answer } from './waiting-admits.ts';

/** A command that waits to be decided. `run` returns the answer, or nothing if the caller has to wait. */
export interface Pending {
  readonly run: (row: Row) => Answer | undefined;
  readonly reject: (error: unknown) => void;
}

/** Decides as many as the row takes, and returns the rest. One that fails by itself fails alone. */
export function decideInOrder(deciding: readonly Pending[], row: Row, answers: Answer[]): readonly Pending[] {
  for (const [index, { run, reject }] of deciding.entries()) {
    if (row.isFull) return deciding.slice(index);
    try {
      const answer = run(row);
      if (answer !== undefined) answers.push(answer);
    } catch (error) {
      if (error instanceof FoldError) throw error;
      answers.push({ say: () => reject(error), reject });
    }
  }
  return [];
}
