import { type Prompt, PromptFindings } from '../prompt.ts';
import { embeddingsParameters } from './parameters.ts';
import type { EmbeddingsCall } from './request.ts';

/**
 * Text counts as its bytes, which are at least as many as its tokens: the quotes around each text make up for what
 * models put around each input. Tokens count as they are.
 */
export function measureEmbeddingsPrompt(call: EmbeddingsCall): Prompt {
  const found = new PromptFindings(call, embeddingsParameters);
  found.textBytes = countTokens(call.request) ?? found.textBytes;
  return found.prompt(false);
}

/** The number of tokens in the input; undefined if it is text. */
function countTokens({ input }: EmbeddingsCall['request']): number | undefined {
  if (typeof input === 'string') return undefined;
  let count = 0;
  for (const item of input) {
    if (typeof item === 'string') return undefined;
    count += typeof item === 'number' ? 1 : item.length;
  }
  return count;
}
