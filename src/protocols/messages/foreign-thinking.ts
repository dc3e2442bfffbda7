import { type BodyEdit, fieldEdit } from '../json/body-edit.ts';
import type { ContentBlock, MessageParam, MessagesCall } from './request.ts';
import { isForeignThinking } from './thinking-block.ts';

/**
 * Takes out of a conversation that is passed on to Anthropic what models of other providers have thought in it:
 * Anthropic refuses blocks whose signature isn't its own. Where there are none, nothing is edited.
 */
export function foreignThinkingEdits({ request: { messages } }: MessagesCall): BodyEdit[] {
  if (!messages.some(isForeign)) return [];
  const kept = messages.flatMap((message): MessageParam[] => {
    if (!isForeign(message)) return [message];
    const content = blocksIn(message).filter((block) => !isForeignThinking(block));
    // A turn of thoughts alone said nothing, and Anthropic takes no empty ones.
    return content.length === 0 ? [] : [{ ...message, content }];
  });
  return [fieldEdit('messages', kept, false)];
}

function isForeign(message: MessageParam): boolean {
  return blocksIn(message).some(isForeignThinking);
}

function blocksIn({ content }: MessageParam): readonly ContentBlock[] {
  return typeof content === 'string' ? [] : (content ?? []);
}
