import { type Ask, askOf } from './ask.ts';
import type { Transcript } from './transcript.ts';
import { WordFinder, plainWords, spacelessLength } from './word-list.ts';
import analysis from './words/complexity/analysis.txt';
import constraints from './words/complexity/constraints.txt';
import depth from './words/complexity/depth.txt';
import design from './words/complexity/design.txt';
import open from './words/complexity/open.txt';
import reasoning from './words/complexity/reasoning.txt';
import small from './words/complexity/small.txt';
import work from './words/complexity/work.txt';

export type Level = 'simple' | 'medium' | 'complex';

export interface ComplexityJudgement {
  readonly level: Level;
  readonly score: number;
  /** Fit for a header. */
  readonly reason: string;
}

/** What is counted in a request, the points for each, and how many count at most. docs/routing.md explains them. */
const weights = {
  reasoning: { points: 4, most: 2 },
  design: { points: 3, most: 1 },
  analysis: { points: 2, most: 2 },
  depth: { points: 3, most: 2 },
  work: { points: 1, most: 2 },
  constraints: { points: 1, most: 2 },
  open: { points: 2, most: 2 },
  long: { points: 2, most: 4 },
  terms: { points: 1, most: 2 },
  jargon: { points: 1, most: 1 },
  parts: { points: 1, most: 2 },
  figures: { points: 1, most: 1 },
  maths: { points: 1, most: 1 },
  code: { points: 1, most: 2 },
  trace: { points: 1, most: 1 },
  diff: { points: 1, most: 1 },
  tools: { points: 1, most: 2 },
  agent: { points: 2, most: 2 },
  images: { points: 2, most: 1 },
  files: { points: 2, most: 1 },
  conversation: { points: 1, most: 2 },
  small: { points: -3, most: 1 },
} as const satisfies Record<string, { readonly points: number; readonly most: number }>;

type Feature = keyof typeof weights;

/** The least scores of a medium and of a complex request. */
export const mediumFrom = 4;
export const complexFrom = 12;

const finder = new WordFinder({ reasoning, design, analysis, depth, work, open, constraints, small });

export function complexityOf(transcript: Transcript): ComplexityJudgement {
  const counts = featureCounts(transcript);
  // The keys of a record are what its type says.
  const scored = (Object.keys(weights) as Feature[]).map((name) => {
    const { points, most } = weights[name];
    return { name, points: points * Math.min(counts[name], most) };
  });
  const score = scored.reduce((sum, { points }) => sum + points, 0);
  const level = score >= complexFrom ? 'complex' : score >= mediumFrom ? 'medium' : 'simple';
  const telling = scored.filter(({ points }) => points > 0).toSorted((one, other) => other.points - one.points);
  const names = telling.slice(0, 3).map(({ name }) => name);
  return { level, score, reason: `score ${score}${names.length === 0 ? '' : `: ${names.join(', ')}`}` };
}

function featureCounts(transcript: Transcript): Record<Feature, number> {
  const ask = askOf(transcript);
  const words = wordCounts(ask);
  const calls = ask.since.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0);
  const asks = transcript.turns.filter(({ role }) => role === 'user').length;
  return {
    ...words,
    // A text to be worked on counts for less than a request of the same length.
    long: stepsReached(lengthOf(ask.words) + lengthOf(plainWords(ask.material)) / 8, [9, 16, 26, 40]),
    terms: stepsReached(distinct(ask.words, longWord), [2, 4]),
    jargon: stepsReached(distinct(ask.prose, acronym), [1]),
    parts: stepsReached(count(ask.prose, /[,;،、，；]/g), [3, 6]) + stepsReached(sentencesOf(ask.words), [3, 5]),
    figures: stepsReached(count(ask.prose, /\d+/g), [4]),
    maths: count(ask.prose, /[∫∑√≤≥∞∂∇]|\bO\(|\\(frac|int|sum)|[a-z0-9)]\^[0-9({a-z]|\b[A-Za-z]\([a-z0-9/,]{1,8}\)/g),
    code: ask.codeBlocks === 0 ? 0 : 1 + stepsReached(count(ask.code, /\n/g), [8]),
    trace: Number(ask.hasTrace),
    diff: Number(ask.hasDiff),
    tools: stepsReached(transcript.tools.length, [1, 4]),
    agent: stepsReached(calls, [1, 4]),
    images: transcript.images,
    files: transcript.files,
    conversation: stepsReached(asks, [4]) + stepsReached(transcript.characters, [6000]),
  };
}

/** How many different words of each list the request has. */
function wordCounts({ words }: Ask) {
  const counts = { reasoning: 0, design: 0, analysis: 0, depth: 0, work: 0, open: 0, constraints: 0, small: 0 };
  const seen = new Set<string>();
  for (const { meaning, entry } of finder.find(words)) {
    if (!seen.has(entry)) counts[meaning]++;
    seen.add(entry);
  }
  return counts;
}

/** In words; in writing without spaces two characters are about one word. */
function lengthOf(words: string): number {
  return count(words, /[^ .]+/g) + spacelessLength(words) / 2;
}

const longWord = /\p{L}{10,}/gu;
const acronym = /\b(?:[A-Z][A-Z0-9]{1,6}|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w*)\b/g;

function sentencesOf(words: string): number {
  return words.split(' . ').filter((sentence) => /[^ .]/.test(sentence)).length;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function distinct(text: string, pattern: RegExp): number {
  return new Set(text.match(pattern)).size;
}

function stepsReached(amount: number, steps: readonly number[]): number {
  return steps.filter((step) => amount >= step).length;
}
