import { describe, expect, it } from 'vitest';
import { messagesCapEdits } from '../../../../src/protocols/messages/edits.ts';
import { writtenMessagesCall } from '../../../../src/protocols/messages/request.ts';

const messages = [{ role: 'user', content: 'Hello' }];
const callOf = (fields: object) => writtenMessagesCall({ model: 'm', messages, ...fields });
const thinking = (tokens: number) => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
const cap = (value: number) => ({ name: 'max_tokens', value: String(value) });
const budget = (value: object) => ({ name: 'thinking', value: JSON.stringify(value) });

describe('the cap on a message', () => {
  it('leaves a call alone that keeps to it', () => {
    expect(messagesCapEdits(callOf({ max_tokens: 100 }), undefined)).toEqual([]);
    expect(messagesCapEdits(callOf({ max_tokens: 100 }), 100)).toEqual([]);
    expect(messagesCapEdits(callOf({ max_tokens: 100 }), 5000)).toEqual([]);
    expect(messagesCapEdits(callOf({ max_tokens: 0 }), 5000)).toEqual([]);
  });

  it('is lowered, and set where there is none', () => {
    expect(messagesCapEdits(callOf({ max_tokens: 100 }), 7)).toEqual([cap(7)]);
    expect(messagesCapEdits(callOf({}), 7)).toEqual([cap(7)]);
    expect(messagesCapEdits(callOf({}), undefined, 4096)).toEqual([cap(4096)]);
    expect(messagesCapEdits(callOf({}), undefined)).toEqual([cap(8192)]);
  });

  it('leaves the answer its part when the budget for thinking is lowered with it', () => {
    const edits = messagesCapEdits(callOf({ max_tokens: 10_000, ...thinking(8000) }), 5000);
    expect(edits).toEqual([cap(5000), budget({ type: 'enabled', budget_tokens: 4000 })]);
  });

  it('keeps the budget at the least that Anthropic accepts, below the cap', () => {
    const asked = callOf({ max_tokens: 10_000, ...thinking(2000) });
    expect(messagesCapEdits(asked, 1025)).toEqual([cap(1025), budget({ type: 'enabled', budget_tokens: 1024 })]);
    expect(messagesCapEdits(asked, 1024)).toEqual([cap(1024), budget({ type: 'disabled' })]);
  });

  it('lets no budget stand that no cap came with, where it would leave nothing for the answer', () => {
    expect(messagesCapEdits(callOf(thinking(6000)), 8192)).toEqual([cap(8192)]);
    expect(messagesCapEdits(callOf(thinking(6000)), 4000)).toEqual([
      cap(4000),
      budget({ type: 'enabled', budget_tokens: 2000 }),
    ]);
  });

  it('leaves a budget alone that is for thinking between calls of tools, and thinking that has none', () => {
    expect(messagesCapEdits(callOf({ max_tokens: 4000, ...thinking(9000) }), 3000)).toEqual([cap(3000)]);
    expect(messagesCapEdits(callOf({ max_tokens: 4000, thinking: { type: 'adaptive' } }), 3000)).toEqual([cap(3000)]);
  });
});
