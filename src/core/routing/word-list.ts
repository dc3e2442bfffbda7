/**
 * A list of words for each meaning: a text file with one entry a line. A line like `[en]` begins the words of a
 * language, and a line with `#` is a comment. The entry `design*` matches any word that begins so, `step by step` these
 * words in a row, within a sentence. In writing without spaces between words an entry matches anywhere. Case, accents
 * and punctuation don't matter. An entry of several lists counts for the first.
 */
type WordLists<Meaning extends string> = Readonly<Record<Meaning, string>>;

interface Found<Meaning extends string> {
  readonly meaning: Meaning;
  readonly language: string;
  readonly entry: string;
}

interface Candidate<Meaning extends string> {
  readonly text: string;
  /** Whether the word may go on after the text. */
  readonly isStem: boolean;
  readonly found: Found<Meaning>;
}

const spaceless = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const everySpaceless = new RegExp(spaceless, 'gu');
const sentenceEnd = /[.?!;:\n。？！：；।؟]/;

/** The words with one space between them, and a full stop of its own at the end of each sentence. */
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

/** How many characters are of writing without spaces between words. */
export function spacelessLength(words: string): number {
  return words.match(everySpaceless)?.length ?? 0;
}

const keyLength = 3;

export class WordFinder<Meaning extends string> {
  readonly #lists: WordLists<Meaning>;
  /** By their first characters, the longest first. Made when first needed, so that an isolate starts without it. */
  #candidates: ReadonlyMap<string, readonly Candidate<Meaning>[]> | undefined;

  constructor(lists: WordLists<Meaning>) {
    this.#lists = lists;
  }

  /**
   * Finds entries in plain words, from left to right, the longest at each place. In an English text no entry of another
   * language in Latin script counts: `sin` and `list` mean something else there.
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
/** Common words that are neither words of the other languages nor entries of a list. */
const englishWords =
  /\b(?:the|this|these|with|for|what|how|my|your|you|are|have|should|would|could|does|from|when|which|it|our)\b/g;
const englishShare = 1 / 15;

function isEnglish(words: string): boolean {
  const count = words.split(' ').length;
  return (words.match(englishWords)?.length ?? 0) >= Math.max(1, count * englishShare);
}
