import { describe, expect, test } from 'vitest';
import { foreignThinkingEdits } from '../../../../src/protocols/messages/edits.ts';
import { readMessagesCall } from '../../../../src/protocols/messages/request.ts';
import { redactedDataOf, signatureOf } from '../../../../src/protocols/messages/thinking-block.ts';
import { agentCall } from './agent-calls.ts';

function editsOf(messages: readonly unknown[]) {
  const body = JSON.stringify({ ...agentCall, messages });
  return foreignThinkingEdits(readMessagesCall(new TextEncoder().encode(body)));
}

const own = { type: 'thinking', thinking: 'Hm.', signature: 'RXJ6' };
const foreign = { type: 'thinking', thinking: 'Hm.', signature: signatureOf({}) };
const hidden = { type: 'redacted_thinking', data: redactedDataOf({ type: 'reasoning.encrypted', data: 'x' }) };
const text = { type: 'text', text: 'So.' };

describe('a conversation that goes on with a Claude model', () => {
  test('is left as it is where only Claude models have thought in it', () => {
    expect(editsOf(agentCall.messages)).toEqual([]);
    expect(editsOf([{ role: 'assistant', content: [own, { type: 'redacted_thinking', data: 'RXJ6' }, text] }])).toEqual(
      [],
    );
  });

  test('loses what other models have thought, and nothing else', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [foreign, hidden, text, own] },
      { role: 'assistant', content: [foreign] },
      { role: 'user', content: [text] },
    ];
    const [edit, ...others] = editsOf(messages);
    expect(others).toEqual([]);
    expect(edit?.name).toBe('messages');
    expect(JSON.parse(edit?.value ?? '')).toEqual([
      messages[0],
      { role: 'assistant', content: [text, own] },
      messages[3],
    ]);
  });
});
