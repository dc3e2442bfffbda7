/**
 * Counts words as a lower bound of tokens. A word is a run of characters that has no ASCII whitespace in it and has a
 * letter or a digit. It counts at its first letter or digit, so it is one word however it is cut into pieces, and a
 * text has no more words than its tokens have together.
 *
 * Marks and other whitespace make no word: some tokens hold several runs of those, such as ` {\n//`. Letters beyond the
 * first 65,536 characters make none either: there are too few to matter. Pure.
 */
export class Words {
  #count = 0;
  /** Whether the run at the end of the text so far is a word already. */
  #isInWord = false;

  get count(): number {
    return this.#count;
  }

  /** Takes in more of the text. A word at its end continues as the same word. */
  add(text: string): void {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) this.#isInWord = false;
      else if (!this.#isInWord && isLetterOrDigit(code)) {
        this.#isInWord = true;
        this.#count += 1;
      }
    }
  }
}

function isLetterOrDigit(code: number): boolean {
  if (code < 0x80) return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
  return letterOrDigit.test(String.fromCharCode(code));
}

const letterOrDigit = /[\p{L}\p{N}]/u;

/**
 * These tokenizers cut text before they look for tokens, and no piece has two words. So no token of theirs has two. A
 * test goes through all tokens of those that a package has. No package has `llama3` and `qwen`: for them the test tries
 * the published rule by which they cut.
 */
const oneWordPerToken: ReadonlySet<string> = new Set(['o200k', 'cl100k', 'p50k', 'r50k', 'llama3', 'qwen', 'echo']);

/** The most words that one token may have; undefined where nothing is known of the tokenizer. */
export function wordsPerTokenMax(tokenizer: string | undefined): number | undefined {
  return tokenizer !== undefined && oneWordPerToken.has(tokenizer) ? 1 : undefined;
}

/**
 * What is assumed where nothing is known. It is no bound: nearly all tokenizers stay within a word, and no answer is
 * expected whose tokens have more than four words on average. So it may end a stream and doubt a report, which costs at
 * most the hold, and it refuses nothing.
 */
export const wordsPerTokenAssumed = 4;
