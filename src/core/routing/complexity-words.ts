import { depthWords } from './complexity-words-depth.ts';
import { analysisWords, designWords, reasoningWords } from './complexity-words-thought.ts';
import { constraintWords, openWords, smallWords, workWords } from './complexity-words-work.ts';
import type { WordList } from './word-list.ts';

export type ComplexityWord = 'reasoning' | 'design' | 'analysis' | 'depth' | 'work' | 'open' | 'constraints' | 'small';

/** A word that is in several lists counts for the first. */
export const complexityWords: WordList<ComplexityWord> = {
  reasoning: reasoningWords,
  design: designWords,
  analysis: analysisWords,
  depth: depthWords,
  work: workWords,
  open: openWords,
  constraints: constraintWords,
  small: smallWords,
};
