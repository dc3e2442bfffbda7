import type { Prompt, Unknown } from '../prompt.ts';
import { embeddingsParameters } from './parameters.ts';
import type { EmbeddingsCall } from './request.ts';

/**
 * Of text, at least as many bytes as it can be tokens: the quotes around each in the body stand for what models put
 * around each input. What came as tokens is as many as it is.
 */
export function measureEmbeddingsPrompt({ object, text, body, request }: EmbeddingsCall): Prompt {
  const unknown: Unknown[] = [];
  for (const { name } of object.members) {
    if (!embeddingsParameters.has(name)) unknown.push({ name, param: name });
  }
  const member = object.members.find(({ name }) => name === 'input');
  // All bytes of a character beyond its first are counted, wherever in the body they are.
  const bytes = body.length - text.length + (member === undefined ? 0 : member.valueEnd - member.valueStart);
  return { textBytes: countTokens(request) ?? bytes, usesTools: false, media: new Map(), unknown };
}

/** Undefined for text. */
function countTokens({ input }: EmbeddingsCall['request']): number | undefined {
  if (typeof input === 'string') return undefined;
  let count = 0;
  for (const item of input) {
    if (typeof item === 'string') return undefined;
    count += typeof item === 'number' ? 1 : item.length;
  }
  return count;
}
