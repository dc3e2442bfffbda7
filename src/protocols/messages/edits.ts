import type { Edit } from '../json/json-splice.ts';
import { asCount } from '../json/json-value.ts';
import type { MessagesCall } from './request.ts';

/** The least budget for thinking that Anthropic accepts. */
export const thinkingBudgetMin = 1024;
/** For a model of which nothing is known: Anthropic wants a cap with every call. */
const capOfUnknown = 8192;

/**
 * Sees to it that the cap binds, and that there is one: nothing that the client itself asked for is ever raised.
 * @param cap undefined where nothing is to bind but what the client itself set
 * @param capWhereNone of a call that came without one, because it was translated from a protocol that wants none
 */
export function messagesCapEdits(call: MessagesCall, cap: number | undefined, capWhereNone = capOfUnknown): Edit[] {
  const asked = call.request.max_tokens ?? undefined;
  const max = Math.min(cap ?? Infinity, asked ?? (cap === undefined ? capWhereNone : Infinity));
  if (max === asked) return [];
  return [{ name: 'max_tokens', value: String(max) }, ...budgetEdits(call, max, asked)];
}

/** Anthropic wants the budget for thinking below the cap. The answer keeps its part of what is left. */
function budgetEdits({ request: { thinking } }: MessagesCall, max: number, asked: number | undefined): Edit[] {
  const budget = thinking?.['type'] === 'enabled' ? asCount(thinking['budget_tokens']) : undefined;
  // One that is above the client's own cap is for thinking between several calls of tools: no cap is to be above it.
  if (budget === undefined || (asked !== undefined && budget >= asked)) return [];
  if (asked === undefined && budget < max) return [];
  const share = asked === undefined ? 1 / 2 : budget / asked;
  const lowered = Math.min(budget, Math.max(thinkingBudgetMin, Math.floor(max * share)));
  const fits = lowered < max && lowered >= thinkingBudgetMin;
  const value = fits ? { ...thinking, budget_tokens: lowered } : { type: 'disabled' };
  return [{ name: 'thinking', value: JSON.stringify(value) }];
}
