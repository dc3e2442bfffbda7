import type { Model } from '../../catalog/schema.ts';
import type { MediaKind } from '../../protocols/prompt.ts';
import { wordsPerTokenMax } from '../../protocols/words.ts';
import type { Needs } from './needs.ts';

/** Something that a request needs and a model lacks. */
export type UnmetNeed =
  | { readonly kind: 'media'; readonly media: MediaKind; readonly param: string }
  | { readonly kind: 'tools'; readonly param: string }
  | { readonly kind: 'structured-output'; readonly param: string }
  | { readonly kind: 'context'; readonly inputTokensLeast: number; readonly contextTokens: number };

/** What certainly keeps the model from serving the request: nothing is refused on a guess. */
export function unmetNeed(model: Model, needs: Needs): UnmetNeed | undefined {
  for (const [media, { param }] of needs.media) {
    if (!model.input.includes(media)) return { kind: 'media', media, param };
  }
  if (needs.tools !== undefined && !model.tools) return { kind: 'tools', param: needs.tools };
  if (needs.structuredOutput !== undefined && !model.structuredOutput) {
    return { kind: 'structured-output', param: needs.structuredOutput };
  }
  const { contextTokens, tokenizer } = model;
  const wordsPerToken = wordsPerTokenMax(tokenizer);
  // The size alone nearly always saves the work of counting.
  if (wordsPerToken === undefined || needs.input.tokensMost <= contextTokens) return undefined;
  const inputTokensLeast = Math.ceil(needs.input.words() / wordsPerToken);
  return inputTokensLeast > contextTokens ? { kind: 'context', inputTokensLeast, contextTokens } : undefined;
}

/**
 * Whether the request is probably too much for the model, by an estimate of the input, and the output cap. This is a
 * reason to prefer another model, and not to refuse: some servers make do with what room there is.
 */
export function isTight({ contextTokens, maxOutputTokens }: Model, needs: Needs): boolean {
  const { outputTokens = 0, input } = needs;
  return outputTokens > maxOutputTokens || input.tokensAbout + outputTokens > contextTokens;
}

export function unmetNeedText(need: UnmetNeed): string {
  switch (need.kind) {
    case 'media':
      return `takes no ${mediaText[need.media]}`;
    case 'tools':
      return 'has no tools';
    case 'structured-output':
      return "can't be held to a JSON schema";
    case 'context':
      return `has a context of ${need.contextTokens} tokens, and the input is at least ${need.inputTokensLeast}`;
  }
}

const mediaText: Readonly<Record<MediaKind, string>> = {
  image: 'images',
  audio: 'audio',
  file: 'files',
  video: 'video',
};
