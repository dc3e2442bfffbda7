import { codeHintWords, codeWords, softwareWords } from './stage-words-code.ts';
import { planHintWords, planWords } from './stage-words-plan.ts';
import { reviewHintWords, reviewWords } from './stage-words-review.ts';
import type { WordList } from './word-list.ts';

/** A stage itself: the words that ask for it. A hint only goes with it. */
export type StageWord = 'plan' | 'plan-hint' | 'code' | 'code-hint' | 'review' | 'review-hint' | 'software';

/** A word that is in several lists counts for the first. */
export const stageWords: WordList<StageWord> = {
  plan: planWords,
  'plan-hint': planHintWords,
  code: codeWords,
  'code-hint': codeHintWords,
  review: reviewWords,
  'review-hint': reviewHintWords,
  software: softwareWords,
};

/** Where the verb comes last, what is asked for is said last. */
export const verbFinalLanguages: ReadonlySet<string> = new Set(['tr', 'ja', 'ko', 'hi']);
