import type { ChatRequest } from '../../chat/request.ts';
import { type JsonRecord, asCount, asRecord, asText } from '../../json/json-value.ts';
import { type ClaudeModel, type ClaudeTraits, type Effort, traitsOf } from './model.ts';
import { thinkingBudgetMin } from '../../messages/edits.ts';

/** How hard to think, from the several ways in which clients say it, in Anthropic's words. */

export interface Reasoning {
  /** Undefined where the model decides. */
  readonly thinking: JsonRecord | undefined;
  readonly effort: Effort | undefined;
  /** Whether it thinks, as far as that forbids other fields. */
  readonly isOn: boolean;
}

/** What keeps a model from thinking before it answers. */
interface Bars {
  /** It is forced to call a tool. */
  readonly isForced: boolean;
  /** It continues an answer, or a use of tools, that did not begin with thoughts. */
  readonly isMidAnswer: boolean;
}

interface Wish {
  readonly effort: Effort | undefined;
  readonly budget: number | undefined;
  readonly isHidden: boolean;
}

export function reasoningOf(request: ChatRequest, model: ClaudeModel, cap: number, bars: Bars): Reasoning {
  const wish = wishOf(request);
  switch (model.thinking) {
    case undefined:
      return { thinking: undefined, effort: undefined, isOn: false };
    case 'budget':
      return budgeted(wish, cap, bars);
    case 'adaptive':
      return adaptive(wish, traitsOf(model), bars);
  }
}

function budgeted(wish: Wish | 'off' | undefined, cap: number, { isForced, isMidAnswer }: Bars): Reasoning {
  const none = { thinking: undefined, effort: undefined, isOn: false };
  // These models don't think unless asked.
  if (wish === undefined || wish === 'off' || isForced || isMidAnswer) return none;
  const wanted = wish.budget ?? Math.floor(cap * shareOf[wish.effort ?? 'medium']);
  const budget = Math.min(Math.max(wanted, thinkingBudgetMin), cap - 1);
  if (budget < thinkingBudgetMin) return none;
  const thinking = { type: 'enabled', budget_tokens: budget, ...(wish.isHidden ? { display: 'omitted' } : {}) };
  return { thinking, effort: undefined, isOn: true };
}

/** The share of the output that is for thinking. */
const shareOf: Readonly<Record<Effort, number>> = { low: 0.2, medium: 0.5, high: 0.8, xhigh: 0.9, max: 0.95 };

function adaptive(wish: Wish | 'off' | undefined, traits: ClaudeTraits, { isForced }: Bars): Reasoning {
  const { thinksUnasked, thinkingOff } = traits;
  const isOff = wish === 'off' || (isForced && thinkingOff === 'disabled');
  const asked = typeof wish === 'object' ? wish : undefined;
  const wanted = asked?.effort ?? (asked?.budget === undefined ? undefined : effortFor(asked.budget));
  if (isOff) {
    // Where thinking can't be turned off, the lowest effort comes nearest. Turned off, it allows no more than a high
    // effort.
    if (thinkingOff === undefined) return { thinking: undefined, effort: 'low', isOn: true };
    const effort = wanted === 'xhigh' || wanted === 'max' ? 'high' : wanted;
    return { thinking: thinksUnasked ? { type: thinkingOff } : undefined, effort, isOn: false };
  }
  if (asked === undefined) return { thinking: undefined, effort: undefined, isOn: thinksUnasked };
  const display = asked.isHidden ? 'omitted' : 'summarized';
  return { thinking: { type: 'adaptive', display }, effort: within(wanted, traits), isOn: true };
}

function within(effort: Effort | undefined, { efforts }: ClaudeTraits): Effort | undefined {
  return effort === undefined || efforts.includes(effort) ? effort : 'high';
}

/** The effort for a client's budget, for a model that takes no budget. */
function effortFor(budget: number): Effort {
  if (budget <= 2048) return 'low';
  return budget <= 8192 ? 'medium' : 'high';
}

function wishOf(request: ChatRequest): Wish | 'off' | undefined {
  const reasoning = asRecord(request['reasoning']);
  const thinking = asRecord(request['thinking']);
  const said = asText(reasoning?.['effort']) ?? asText(request['reasoning_effort']);
  if (said === 'none' || reasoning?.['enabled'] === false || thinking?.['type'] === 'disabled') return 'off';
  const effort = effortNamed(said);
  const budget = asCount(reasoning?.['max_tokens']) ?? asCount(thinking?.['budget_tokens']);
  const isOn = reasoning?.['enabled'] === true || asText(thinking?.['type']) !== undefined;
  if (effort === undefined && budget === undefined && !isOn) return undefined;
  return { effort, budget, isHidden: reasoning?.['exclude'] === true };
}

function effortNamed(name: string | undefined): Effort | undefined {
  switch (name) {
    case 'minimal':
      return 'low';
    case 'low':
    case 'medium':
    case 'high':
    case 'xhigh':
    case 'max':
      return name;
    default:
      return undefined;
  }
}
