/**
 * Finds the words of lists in a text. Each meaning has a list, a text file: a line `[en]` begins the words of a
 * language, each other line is an entry, and `#` begins a comment. The entry `design*` is any word that begins so,
 * `step by step` is these words in a row. In writing without spaces between words an entry is found anywhere. Case,
 * accents and punctuation don't matter, except that a row of words doesn't go on beyond the end of a sentence. An entry
 * that is in several lists counts for the first.
 */
export type WordLists<Meaning extends string> = Readonly<Record<Meaning, string>>;

export interface Found<Meaning extends string> {
  readonly meaning: Meaning;
  readonly language: string;
  /** Two that are equal are of the same entry. */
  readonly entry: string;
}

interface Candidate<Meaning extends string> {
  readonly text: string;
  /** Whether the word may go on. */
  readonly isStem: boolean;
  readonly found: Found<Meaning>;
}

const spaceless = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const sentenceEnd = /[.?!;:\n。？！：；।؟]/;

/** Words with one space between them, and a full stop on its own where a sentence ends. */
export function plainWords(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replaceAll('ı', 'i')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, (between) => (sentenceEnd.test(between) ? ' . ' : ' '))
    .trim();
}

const keyLength = 3;

export class WordFinder<Meaning extends string> {
  readonly #lists: WordLists<Meaning>;
  /** By how they begin, the longest first. Made when first needed, so that an isolate starts without it. */
  #candidates: ReadonlyMap<string, readonly Candidate<Meaning>[]> | undefined;

  constructor(lists: WordLists<Meaning>) {
    this.#lists = lists;
  }

  /**
   * In the order in which they come, the longest where several begin at the same place. Takes plain words. What looks
   * like a word of another language is none in an English text: `sin` and `list` are others there.
   */
  *find(words: string): Generator<Found<Meaning>> {
    this.#candidates ??= candidatesOf(this.#lists);
    const ofEnglish = isEnglish(words);
    let at = 0;
    while (at < words.length) {
      const longest = longestAt(this.#candidates, words, at, ofEnglish);
      if (longest !== undefined) yield longest.found;
      at += longest?.text.length ?? 1;
      while (at < words.length && !mayBegin(words, at)) at++;
    }
  }
}

function candidatesOf<Meaning extends string>(lists: WordLists<Meaning>): Map<string, Candidate<Meaning>[]> {
  const candidates = new Map<string, Candidate<Meaning>[]>();
  // The keys of a record are what its type says.
  for (const meaning of Object.keys(lists) as Meaning[]) {
    for (const { language, entry } of entriesOf(lists[meaning])) {
      const text = plainWords(entry);
      const key = text.slice(0, keyLength);
      const known = candidates.get(key) ?? [];
      known.push({ text, isStem: entry.endsWith('*') || spaceless.test(text), found: { meaning, language, entry } });
      candidates.set(key, known);
    }
  }
  for (const known of candidates.values()) known.sort((one, other) => other.text.length - one.text.length);
  return candidates;
}

export function* entriesOf(list: string): Generator<{ readonly language: string; readonly entry: string }> {
  let language = '';
  for (const line of list.split('\n')) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    if (entry.startsWith('[')) language = entry.slice(1, -1);
    else yield { language, entry };
  }
}

function longestAt<Meaning extends string>(
  candidates: ReadonlyMap<string, readonly Candidate<Meaning>[]>,
  words: string,
  start: number,
  ofEnglish: boolean,
): Candidate<Meaning> | undefined {
  for (let length = keyLength; length > 0; length--) {
    const found = candidates
      .get(words.slice(start, start + length))
      ?.find(
        ({ text, isStem, found: { language } }) =>
          words.startsWith(text, start) &&
          (isStem || endsAt(words, start + text.length)) &&
          (!ofEnglish || language === 'en' || !isLatin.test(text)),
      );
    if (found !== undefined) return found;
  }
  return undefined;
}

function endsAt(words: string, at: number): boolean {
  const character = words.charAt(at);
  return character === '' || character === ' ' || spaceless.test(character);
}

function mayBegin(words: string, at: number): boolean {
  const [before, character] = [words.charAt(at - 1), words.charAt(at)];
  if (character === ' ') return false;
  return before === ' ' || spaceless.test(character) || spaceless.test(before);
}

const isLatin = /^\p{sc=Latin}/u;
/** Common ones that are no words of the other languages, nor of what is looked for. */
const englishWords =
  /\b(?:the|this|these|with|for|what|how|my|your|you|are|have|should|would|could|does|from|when|which|it|our)\b/g;
const englishShare = 1 / 15;

function isEnglish(words: string): boolean {
  const count = words.split(' ').length;
  return (words.match(englishWords)?.length ?? 0) >= Math.max(1, count * englishShare);
}
