import { describe, expect, it } from 'vitest';
import { messagesBodyOf } from '../../../../../src/protocols/translate/chat-to-messages/request.ts';
import { type ClaudeModel, traitsOf } from '../../../../../src/protocols/translate/chat-to-messages/model.ts';
import type { ChatRequest } from '../../../../../src/protocols/chat/request.ts';

function model(name: string): ClaudeModel {
  const thinking = /-4-5|-3-/.test(name) ? 'budget' : 'adaptive';
  return { name, maxOutputTokens: 64_000, defaultOutputTokens: 10_000, thinking };
}

const hello = { role: 'user', content: 'Hello' };

function asked(name: string, fields: object) {
  const request: ChatRequest = { messages: [hello], ...fields };
  const body = messagesBodyOf(request, model(name));
  return 'kind' in body ? body : { thinking: body['thinking'], output_config: body['output_config'] };
}

const budget = (tokens: number, more: object = {}) => ({
  thinking: { type: 'enabled', budget_tokens: tokens, ...more },
  output_config: undefined,
});
const adaptive = (effort: string | undefined, display = 'summarized') => ({
  thinking: { type: 'adaptive', display },
  output_config: effort === undefined ? undefined : { effort },
});
const nothing = { thinking: undefined, output_config: undefined };

describe('thinking by budget', () => {
  it('takes its share of the cap, as large as the effort', () => {
    expect(asked('claude-haiku-4-5', { max_tokens: 10_000, reasoning_effort: 'high' })).toEqual(budget(8000));
    expect(asked('claude-haiku-4-5', { reasoning_effort: 'medium' })).toEqual(budget(5000));
    expect(asked('claude-haiku-4-5', { reasoning: { max_tokens: 3000 } })).toEqual(budget(3000));
    expect(asked('claude-haiku-4-5', { reasoning: { effort: 'low', exclude: true } })).toEqual(
      budget(2000, { display: 'omitted' }),
    );
    expect(asked('claude-haiku-4-5', { thinking: { type: 'enabled', budget_tokens: 2048 } })).toEqual(budget(2048));
  });

  it('is at least what Anthropic accepts, stays below the cap, and is none where that can not be', () => {
    expect(asked('claude-haiku-4-5', { max_tokens: 2000, reasoning_effort: 'minimal' })).toEqual(budget(1024));
    expect(asked('claude-haiku-4-5', { max_tokens: 2000, reasoning: { max_tokens: 9000 } })).toEqual(budget(1999));
    expect(asked('claude-haiku-4-5', { max_tokens: 1025, reasoning_effort: 'high' })).toEqual(budget(1024));
    expect(asked('claude-haiku-4-5', { max_tokens: 1024, reasoning_effort: 'high' })).toEqual(nothing);
  });

  it('is none unless it is asked for', () => {
    expect(asked('claude-haiku-4-5', {})).toEqual(nothing);
    expect(asked('claude-haiku-4-5', { reasoning_effort: 'none' })).toEqual(nothing);
    expect(asked('claude-haiku-4-5', { reasoning: { enabled: false, effort: 'high' } })).toEqual(nothing);
  });

  it('is none where a tool must be called, or results come of calls without a thought', () => {
    const tool = { type: 'function', function: { name: 'ls' } };
    const call = { id: 'c', type: 'function', function: { name: 'ls', arguments: '{}' } };
    const result = { role: 'tool', tool_call_id: 'c', content: 'a' };
    const forced = { tools: [tool], tool_choice: 'required', reasoning_effort: 'high' };
    expect(asked('claude-haiku-4-5', forced)).toEqual(nothing);
    const talk = { role: 'assistant', content: null, tool_calls: [call] };
    const going = { tools: [tool], reasoning_effort: 'high' };
    expect(asked('claude-haiku-4-5', { ...going, messages: [hello, talk, result] })).toEqual(nothing);
    const details = [{ type: 'reasoning.text', text: 'Hm', signature: 'Eq' }];
    const thought = { ...talk, reasoning_details: details };
    expect(asked('claude-haiku-4-5', { ...going, messages: [hello, thought, result] })).toEqual(budget(8000));
  });
});

describe('thinking by effort', () => {
  it('is as hard as was asked, and shown', () => {
    expect(asked('claude-opus-5-5', { reasoning_effort: 'xhigh' })).toEqual(adaptive('xhigh'));
    expect(asked('claude-opus-4-6', { reasoning_effort: 'xhigh' })).toEqual(adaptive('high'));
    expect(asked('claude-opus-5-5', { reasoning: { enabled: true } })).toEqual(adaptive(undefined));
    expect(asked('claude-opus-5-5', { reasoning: { effort: 'minimal', exclude: true } })).toEqual(
      adaptive('low', 'omitted'),
    );
    expect(asked('claude-sonnet-5', { reasoning: { max_tokens: 4000 } })).toEqual(adaptive('medium'));
    expect(asked('claude-sonnet-5', {})).toEqual(nothing);
  });

  it.each([
    ['claude-opus-4-8', undefined, undefined],
    ['claude-opus-5', { type: 'disabled' }, undefined],
    ['claude-haiku-5-5', { type: 'disabled' }, undefined],
    ['claude-sonnet-5-5', { type: 'between_tools' }, undefined],
    ['claude-opus-5-5', undefined, { effort: 'low' }],
    ['claude-fable-5-1', undefined, { effort: 'low' }],
    ['claude-novel-9', undefined, { effort: 'low' }],
  ])('is turned off as %s can be', (name, thinking, config) => {
    expect(asked(name, { reasoning_effort: 'none' })).toEqual({ thinking, output_config: config });
  });

  it('gives way to a tool that must be called, where it can, and else the call is refused with a remedy', () => {
    const forced = { tools: [{ type: 'function', function: { name: 'ls' } }], tool_choice: 'required' };
    expect(asked('claude-opus-5', { ...forced, reasoning_effort: 'max' })).toEqual({
      thinking: { type: 'disabled' },
      output_config: { effort: 'high' },
    });
    expect(asked('claude-opus-4-6', forced)).toEqual(nothing);
    expect(asked('claude-opus-5-5', forced)).toEqual({
      kind: 'untranslatable',
      param: 'tool_choice',
      message: expect.stringMatching(/'auto'/) as unknown,
    });
  });

  it('is nothing to a model that does not think', () => {
    const body = messagesBodyOf(
      { messages: [hello], reasoning_effort: 'high' },
      { ...model('claude-3-5-haiku'), thinking: undefined },
    );
    expect(body).not.toHaveProperty('thinking');
  });
});

describe('what a model accepts', () => {
  it.each([
    ['claude-opus-5-5', { forcedTools: false, systemTurns: true, sampling: false }],
    ['anthropic.claude-opus-5-5-v1:0', { forcedTools: false }],
    ['anthropic/claude-opus-4.8', { forcedTools: true, systemTurns: true, prefill: false }],
    ['claude-opus-4-7', { systemTurns: false, sampling: false }],
    ['claude-opus-4-6-20260205', { sampling: true, prefill: false }],
    ['claude-haiku-4-5-20251001', { sampling: true, prefill: true, systemTurns: false }],
    ['claude-opus-4-20250514', { sampling: true, prefill: true }],
    ['claude-3-7-sonnet-20250219', { sampling: true, prefill: true }],
    ['claude-sonnet-5', { thinksUnasked: true, forcedTools: true }],
  ])('is told from its name: %s', (name, traits) => {
    const thinking = /-3-|-4-5|-4-2025/.test(name) ? 'budget' : 'adaptive';
    expect(traitsOf({ ...model(name), thinking })).toMatchObject(traits);
  });
});
