import { type Ask, askOf } from './ask.ts';
import type { Level } from './traits.ts';
import type { Transcript } from './transcript.ts';
import { WordFinder, plainWords } from './word-list.ts';
import analysis from './words/complexity/analysis.txt';
import constraints from './words/complexity/constraints.txt';
import depth from './words/complexity/depth.txt';
import design from './words/complexity/design.txt';
import open from './words/complexity/open.txt';
import reasoning from './words/complexity/reasoning.txt';
import small from './words/complexity/small.txt';
import work from './words/complexity/work.txt';

export interface ComplexityJudgement {
  readonly level: Level;
  readonly score: number;
  /** Fit for a header. */
  readonly reason: string;
}

interface Weight {
  /** What each that is counted is worth. */
  readonly points: number;
  /** How many count at most. */
  readonly most: number;
}

/** What is counted of a request. What is documented about it is in docs/routing.md. */
export const complexityWeights = {
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
} as const satisfies Record<string, Weight>;

export type ComplexityFeature = keyof typeof complexityWeights;

/** From these scores on a request is no longer simple, and complex. */
export const mediumFrom = 4;
export const complexFrom = 12;

const finder = new WordFinder({ reasoning, design, analysis, depth, work, open, constraints, small });

export function complexityOf(transcript: Transcript): ComplexityJudgement {
  const counts = complexityFeatures(transcript);
  // The keys of a record are what its type says.
  const points = (Object.keys(complexityWeights) as ComplexityFeature[])
    .map((name) => {
      const { points: each, most } = complexityWeights[name];
      return { name, points: each * Math.min(counts[name], most) };
    })
    .filter((each) => each.points !== 0);
  const score = points.reduce((sum, each) => sum + each.points, 0);
  const level = score >= complexFrom ? 'complex' : score >= mediumFrom ? 'medium' : 'simple';
  const telling = points.toSorted((one, other) => other.points - one.points).filter((each) => each.points > 0);
  const names = telling.slice(0, 3).map(({ name }) => name);
  return { level, score, reason: `score ${score}${names.length === 0 ? '' : `: ${names.join(', ')}`}` };
}

const lengthSteps = [9, 16, 26, 40];
const termSteps = [2, 4];
const jargonSteps = [1];
const commaSteps = [3, 6];
const sentenceSteps = [3, 5];
const figureSteps = [4];
const codeLineSteps = [8];
const toolSteps = [1, 4];
const callSteps = [1, 4];
const turnSteps = [4];
const characterSteps = [6000];

/** How often what counts is there. */
export function complexityFeatures(transcript: Transcript): Record<ComplexityFeature, number> {
  const ask = askOf(transcript);
  const words = wordCounts(ask);
  const calls = ask.since.reduce((sum, { toolCalls }) => sum + toolCalls.length, 0);
  const asks = transcript.turns.filter(({ role }) => role === 'user').length;
  return {
    ...words,
    // A text that is to be worked on asks for less than as long a wish.
    long: stepsReached(lengthOf(ask.words) + lengthOf(plainWords(ask.material)) / 8, lengthSteps),
    terms: stepsReached(distinct(ask.words, longWord), termSteps),
    jargon: stepsReached(distinct(ask.prose, acronym), jargonSteps),
    parts:
      stepsReached(count(ask.prose, /[,;،、，；]/g), commaSteps) + stepsReached(sentencesOf(ask.words), sentenceSteps),
    figures: stepsReached(count(ask.prose, /\d+/g), figureSteps),
    maths: count(ask.prose, /[∫∑√≤≥∞∂∇]|\bO\(|\\(frac|int|sum)|[a-z0-9)]\^[0-9({a-z]|\b[A-Za-z]\([a-z0-9/,]{1,8}\)/g),
    code: ask.codeBlocks === 0 ? 0 : 1 + stepsReached(count(ask.code, /\n/g), codeLineSteps),
    trace: Number(ask.hasTrace),
    diff: Number(ask.hasDiff),
    tools: stepsReached(transcript.tools.length, toolSteps),
    agent: stepsReached(calls, callSteps),
    images: transcript.images,
    files: transcript.files,
    conversation: stepsReached(asks, turnSteps) + stepsReached(transcript.characters, characterSteps),
  };
}

/** How many different words of each list there are. */
function wordCounts({ words }: Ask) {
  const counts = { reasoning: 0, design: 0, analysis: 0, depth: 0, work: 0, open: 0, constraints: 0, small: 0 };
  const seen = new Set<string>();
  for (const { meaning, entry } of finder.find(words)) {
    if (!seen.has(entry)) counts[meaning]++;
    seen.add(entry);
  }
  return counts;
}

/** In words; where nothing stands between them, two characters make about one. */
function lengthOf(words: string): number {
  const characters = count(words, spaceless);
  return count(words, /[^ .]+/g) + characters / 2;
}

const longWord = /\p{L}{10,}/gu;
const acronym = /\b(?:[A-Z][A-Z0-9]{1,6}|[a-z]+[A-Z]\w+|[A-Z][a-z]+[A-Z]\w*)\b/g;
const spaceless = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/gu;

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
