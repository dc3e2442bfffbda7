import { countO200k } from '../../tokenizer/o200k.ts';
import type { Ranks } from '../../tokenizer/ranks.ts';
import { asRecord } from '../../protocols/json/json-value.ts';
import type { Prompt } from '../../protocols/prompt.ts';
import { type AnyCall, promptOf, protocols } from '../../protocols/protocols.ts';

/**
 * A bound of a prompt's tokens that is much nearer to the truth than its bytes: the texts are counted as the model's
 * own tokenizer does, and everything around them still counts as a token a byte. Pure.
 */

/** A text under one of these names goes into the prompt as it is. */
const textNames: ReadonlySet<string> = new Set([
  'content',
  'text',
  'instructions',
  'input',
  'system',
  'arguments',
  'output',
  'refusal',
]);
/** Where two texts meet, a few tokens at the seam may differ. */
const seamTokens = 4;
/** A shorter text is not worth counting. */
const textCharsLeast = 32;

/** Undefined if there is more text than is worth counting. */
export function countTextTokens(
  call: AnyCall,
  { textBytes }: Prompt,
  ranks: Ranks,
  charsMax: number,
): number | undefined {
  const texts = promptTexts(call);
  if (texts.reduce((sum, { length }) => sum + length, 0) > charsMax) return undefined;
  const encoder = new TextEncoder();
  let tokens = textBytes;
  for (const text of texts) {
    const bytes = encoder.encode(text).length;
    const counted = countO200k(text, ranks);
    // In the body a text is at least as long as what it says.
    tokens -= Math.max(0, bytes - counted - seamTokens);
  }
  return tokens;
}

/** The texts of a prompt. Each is in the body in full. */
function promptTexts(call: AnyCall): string[] {
  const texts: string[] = [];
  const parameters = protocols[call.protocol].parameters;
  for (const [name, value] of Object.entries(call.request)) {
    if (parameters.get(name) === 'prompt') collect(value, name, texts);
  }
  return texts;
}

function collect(value: unknown, name: string, texts: string[]): void {
  if (typeof value === 'string') {
    if (textNames.has(name) && value.length >= textCharsLeast) texts.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, name, texts);
  } else {
    for (const [field, part] of Object.entries(asRecord(value) ?? {})) collect(part, field, texts);
  }
}

/** With an unknown tokenizer, text of most languages has so many bytes a token. */
const bytesPerToken = 3;
/** What an image of middling size comes to in most models. */
const tokensPerImage = 1000;

/**
 * About how many tokens the input of a call has, for whoever wants to know before the call. Neither a bound nor a bill.
 */
export function estimateTokens(call: AnyCall): number {
  return estimatedTokens(promptOf(call));
}

export function estimatedTokens({ textBytes, media }: Prompt): number {
  let bytes = textBytes;
  let tokens = 0;
  for (const { count, sourceBytes } of media.values()) {
    bytes -= sourceBytes;
    tokens += count * tokensPerImage;
  }
  return tokens + Math.ceil(Math.max(0, bytes) / bytesPerToken);
}
