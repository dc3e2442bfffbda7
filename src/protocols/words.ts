/**
 * Counts words as a lower bound of tokens. A word is a run of characters without ASCII whitespace in it that has a
 * letter or a digit. It is counted at the first of those, so it is one word however it is cut into pieces, and a text
 * has no more words than its tokens have together.
 *
 * Neither marks nor whitespace of other sorts make a word: some tokens hold several runs of those, such as ` {\n//`.
 * Letters beyond the first 65,536 characters make none either: there are too few to matter. Pure.
 */
export class Words {
  #count = 0;
  /** Whether the run in which the text has ended so far is a word already. */
  #isInWord = false;

  get count(): number {
    return this.#count;
  }

  /** Takes in more of the text. What was a word at its end goes on as the same word. */
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
 * These cut text before they look for tokens, and none of the pieces has two words. So no token of theirs has two. For
 * those that a package of ours has, a test goes through all their tokens; for `llama3` and `qwen`, which none has, it
 * tries the published rule by which they cut.
 */
const oneWordPerToken: ReadonlySet<string> = new Set(['o200k', 'cl100k', 'p50k', 'r50k', 'llama3', 'qwen', 'echo']);

/** The most words that one token may have; undefined where nothing is known of the tokenizer. */
export function wordsPerTokenMax(tokenizer: string | undefined): number | undefined {
  return tokenizer !== undefined && oneWordPerToken.has(tokenizer) ? 1 : undefined;
}

/**
 * What is taken for the most where nothing is known. It is an assumption and no bound: nearly all tokenizers stay
 * within a word, and answers in which tokens have more than four words on average are not to be expected of any. So it
 * may end a stream and doubt a report, which cost at most the hold, and refuses nothing.
 */
export const wordsPerTokenAssumed = 4;
