import { foreignThinkingEdits } from '../anthropic/foreign-thinking.ts';
import { messagesCapEdits } from '../anthropic/messages-edits.ts';
import type { Model, Quirks } from '../catalog/schema.ts';
import { chatCapEdits, usageEdits } from '../openai/chat-edits.ts';
import { quirkEdits } from '../openai/plain-chat.ts';
import { responsesEdits } from '../openai/responses-edits.ts';
import type { Edit } from '../wire/json-splice.ts';
import type { AnyCall } from './wires.ts';

/** What becomes of a body on its way to a server, beside the name of its model. Pure. */
export function bodyEdits(
  call: AnyCall,
  cap: number | undefined,
  model: Model | undefined,
  quirks: Quirks | undefined,
): Edit[] {
  switch (call.wire) {
    case 'chat':
      return [
        ...(quirks === undefined ? [] : quirkEdits(call, quirks)),
        ...chatCapEdits(call, cap, quirks?.outputCap),
        ...usageEdits(call, quirks?.streamUsage),
      ];
    case 'messages':
      return [...foreignThinkingEdits(call), ...messagesCapEdits(call, cap, model?.maxOutputTokens)];
    case 'responses':
      return responsesEdits(call, cap, model?.reasoning);
    case 'embeddings':
      return [];
  }
}
