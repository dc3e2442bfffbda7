import { askCharsMax } from '../../limits.ts';
import { ClippedText } from './clipped-text.ts';
import type { Transcript, Turn } from './transcript.ts';
import { WordFinder, plainWords, spacelessLength } from './word-list.ts';
import goAhead from './words/go-ahead.txt';

/** The user's last request, and what came with it. */
export interface Ask {
  /** The user's own words: without code, without a text to be worked on, and without what an agent added. */
  readonly prose: string;
  /** The prose as `plainWords`. */
  readonly words: string;
  /** A text to be worked on: in quotation marks, or in the paragraph after a colon. */
  readonly material: string;
  readonly code: string;
  readonly codeBlocks: number;
  readonly hasDiff: boolean;
  /** A stack trace, or a message of a compiler. */
  readonly hasTrace: boolean;
  /** The user says yes to what the assistant asked. */
  readonly consents: boolean;
  /** What the agent added to the user's messages, the newest first. */
  readonly wrapped: readonly string[];
  /** The turns since the request: the work of an agent on it. */
  readonly since: readonly Turn[];
}

/** A go-ahead does not say what to do: that is in an earlier message. */
const goAheads = new WordFinder({ goAhead });
const goAheadWordsMax = 8;
const earlierAsksMax = 4;

export function askOf({ turns }: Transcript): Ask {
  const said: Divided[] = [];
  const wrapped: string[] = [];
  let sinceIndex = turns.length;
  let consents = false;
  for (let index = turns.length - 1; index >= 0 && said.length < earlierAsksMax; index--) {
    const turn = turns[index];
    if (turn?.role !== 'user') continue;
    const divided = divide(turn.text);
    if (divided.wrapped !== '') wrapped.push(divided.wrapped);
    // Some turns are only a reminder from the agent.
    if (divided.prose === '' && divided.codeBlocks === 0) continue;
    if (said.length === 0) sinceIndex = index + 1;
    said.unshift(divided);
    if (divided.codeBlocks > 0 || !isGoAhead(divided.prose)) break;
    consents ||= said.length === 1 && asksSomething(turns[index - 1]);
  }
  const prose = said.map((each) => each.prose).join('\n');
  const code = said.map((each) => each.code).join('\n');
  return {
    prose,
    words: plainWords(prose),
    material: said.map((each) => each.material).join('\n'),
    code,
    codeBlocks: said.reduce((sum, each) => sum + each.codeBlocks, 0),
    hasDiff: isDiff(code) || isDiff(prose),
    hasTrace: isTrace(code) || isTrace(prose),
    consents,
    wrapped,
    since: turns.slice(sinceIndex),
  };
}

const lastWordsChars = 300;

function asksSomething(turn: Turn | undefined): boolean {
  return turn?.role === 'assistant' && /[?？؟]/.test(turn.text.slice(-lastWordsChars));
}

function isGoAhead(prose: string): boolean {
  const words = plainWords(prose);
  const count = words.split(' ').filter((word) => word !== '.' && word !== '').length;
  if (count > goAheadWordsMax) return false;
  let covered = 0;
  for (const { entry } of goAheads.find(words)) covered += entry.split(' ').length;
  return covered >= count || (covered > 0 && spacelessLength(words) > 0 && covered * 4 >= words.length);
}

interface Divided extends Pick<Ask, 'prose' | 'material' | 'code' | 'codeBlocks'> {
  readonly wrapped: string;
}

const fence = '```';

function divide(text: string): Divided {
  const { own, wrapped } = unwrap(text);
  const pieces = own.split(fence);
  const [words, code] = [new ClippedText(askCharsMax), new ClippedText(askCharsMax)];
  pieces.forEach((piece, index) => {
    const into = index % 2 === 0 ? words : code;
    if (index > 1) into.append(index % 2 === 0 ? fence : '\n');
    into.append(piece);
  });
  const [prose, material] = [new Array<string>(), new Array<string>()];
  for (const piece of words.text().split(fence)) {
    let isNext = false;
    for (const paragraph of piece.split(/\n[ \t\r]*\n/)) {
      if (isNext && !listed.test(paragraph)) material.push(paragraph);
      else prose.push(paragraph.replaceAll(quoted, (quote) => (material.push(quote), ' ')));
      isNext = /[:：]\s*$/.test(paragraph);
    }
  }
  return {
    prose: prose.join('\n\n').trim(),
    material: material.join('\n\n'),
    code: code.text(),
    codeBlocks: Math.floor(pieces.length / 2),
    wrapped,
  };
}

/** A list after a colon is part of the request, and no text to be worked on. */
const listed = /^\s*([-*•]|\d+[.)])/;
const quoted = /"[^"]{60,}"|“[^“”]{60,}”|«[^«»]{60,}»|„[^„“”]{60,}[“”]|「[^「」]{30,}」/g;

const wrappersMax = 32;
/** Tags that some agents put around the user's own words. */
const userTags = /^(user|task|feedback|query|question|request|prompt)/;

/** Separates the user's words from what an agent adds between tags like `<system-reminder>`. */
function unwrap(text: string): { own: string; wrapped: string } {
  const [own, wrapped] = [new Array<string>(), new Array<string>()];
  let at = 0;
  const tags = text.matchAll(/<([a-z]+[-_][a-z_-]{1,40})>/g);
  for (const { 0: tag, 1: name, index } of tags.take(wrappersMax)) {
    if (index < at || name === undefined || userTags.test(name)) continue;
    const end = text.indexOf(`</${name}>`, index);
    if (end < 0) continue;
    own.push(text.slice(at, index));
    wrapped.push(text.slice(index + tag.length, end));
    at = end + name.length + '</>'.length;
  }
  own.push(text.slice(at));
  return { own: own.join('\n'), wrapped: wrapped.join('\n').trim() };
}

function isDiff(text: string): boolean {
  return (
    /^(diff --git |@@ -\d|--- [ab]\/|\+\+\+ [ab]\/)/m.test(text) || /^[-+] {2,}\S.*\n(?:.*\n){0,4}[-+]/m.test(text)
  );
}

function isTrace(text: string): boolean {
  return (
    /^[ \t]+at .{1,200}[(:]\S{0,200}:\d+/m.test(text) ||
    /Traceback \(most recent|panicked at|goroutine \d+ \[|Caused by: |error TS\d+|error\[E\d+\]/.test(text) ||
    /^[ \t]*File ".{1,200}", line \d+/m.test(text) ||
    /\b[A-Z][A-Za-z]{2,40}(Error|Exception)\b(: |\b)/.test(text)
  );
}
