import { type BodyEdit, fieldEdit } from '../json/body-edit.ts';
import type { Edit } from '../json/json-splice.ts';
import { asCount } from '../json/json-value.ts';
import type { ContentBlock, MessageParam, MessagesCall } from './request.ts';
import { isForeignThinking } from './thinking-block.ts';

/**
 * Takes what other providers' models have thought out of a conversation: Anthropic rejects blocks with a signature that
 * is not its own.
 */
export function foreignThinkingEdits({ request: { messages } }: MessagesCall): BodyEdit[] {
  if (!messages.some(isForeign)) return [];
  const kept = messages.flatMap((message): MessageParam[] => {
    if (!isForeign(message)) return [message];
    const content = blocksIn(message).filter((block) => !isForeignThinking(block));
    // Anthropic takes no empty turn, and one of thoughts alone said nothing.
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

/** The least budget for thinking that Anthropic accepts. */
export const thinkingBudgetMin = 1024;
/** Anthropic wants a cap with every call. This one is for an unknown model. */
const capOfUnknown = 8192;

/**
 * Makes sure that there is a cap and that it binds. Never raises what the client asked for.
 * @param cap undefined where only the client's own cap binds
 * @param capWhereNone for a call without a cap, which was translated from a protocol that wants none
 */
export function messagesCapEdits(call: MessagesCall, cap: number | undefined, capWhereNone = capOfUnknown): Edit[] {
  const asked = call.request.max_tokens ?? undefined;
  const max = Math.min(cap ?? Infinity, asked ?? (cap === undefined ? capWhereNone : Infinity));
  if (max === asked) return [];
  return [{ name: 'max_tokens', value: String(max) }, ...budgetEdits(call, max, asked)];
}

/** Anthropic wants the budget for thinking below the cap. The answer keeps its share of what is left. */
function budgetEdits({ request: { thinking } }: MessagesCall, max: number, asked: number | undefined): Edit[] {
  const budget = thinking?.['type'] === 'enabled' ? asCount(thinking['budget_tokens']) : undefined;
  // A budget above the client's own cap is for thinking between several calls of tools: it may be above any cap.
  if (budget === undefined || (asked !== undefined && budget >= asked)) return [];
  if (asked === undefined && budget < max) return [];
  const share = asked === undefined ? 1 / 2 : budget / asked;
  const lowered = Math.min(budget, Math.max(thinkingBudgetMin, Math.floor(max * share)));
  const fits = lowered < max && lowered >= thinkingBudgetMin;
  const value = fits ? { ...thinking, budget_tokens: lowered } : { type: 'disabled' };
  return [{ name: 'thinking', value: JSON.stringify(value) }];
}
