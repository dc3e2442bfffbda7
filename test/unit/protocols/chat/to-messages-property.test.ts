import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conversationOf } from '../../../../src/protocols/translate/chat-to-messages/turns.ts';
import type { ChatMessage } from '../../../../src/protocols/chat/request.ts';
import { asList, asRecord } from '../../../../src/protocols/json/json-value.ts';

/** A chat as clients send it: questions, answers, calls of tools with all of their results, instructions anywhere. */
const word = fc.stringMatching(/^[a-z]{1,6}$/);
const exchange = fc.oneof(
  fc.record({ kind: fc.constant('user' as const), text: word, asParts: fc.boolean() }),
  fc.record({ kind: fc.constant('assistant' as const), text: word }),
  fc.record({ kind: fc.constant('system' as const), text: word }),
  fc.record({
    kind: fc.constant('tools' as const),
    text: fc.option(word),
    calls: fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 4 }),
    isReversed: fc.boolean(),
  }),
);

function messagesOf(exchanges: readonly (typeof exchange extends fc.Arbitrary<infer Value> ? Value : never)[]) {
  return exchanges.flatMap((each, at): ChatMessage[] => {
    switch (each.kind) {
      case 'user':
        return [{ role: 'user', content: each.asParts ? [{ type: 'text', text: each.text }] : each.text }];
      case 'assistant':
      case 'system':
        return [{ role: each.kind, content: each.text }];
      case 'tools': {
        const id = (index: number) => `call.${at}:${index}`;
        const calls = each.calls.map(([name, value], index) => ({
          id: id(index),
          type: 'function',
          function: { name, arguments: JSON.stringify({ value }) },
        }));
        const results = each.calls.map(([, value], index) => ({
          role: 'tool',
          tool_call_id: id(index),
          content: value,
        }));
        const ordered = each.isReversed ? results.toReversed() : results;
        return [{ role: 'assistant', content: each.text, tool_calls: calls }, ...ordered];
      }
    }
  });
}

/** What is said by one side, in order. */
function said(messages: readonly ChatMessage[], roles: readonly string[]): string[] {
  return messages.filter(({ role }) => roles.includes(role)).flatMap(textsIn);
}

function textsIn({ content }: { readonly content?: unknown }): string[] {
  if (typeof content === 'string') return [content];
  return asList(content).flatMap((part) => {
    const { type, text, content: inner } = asRecord(part) ?? {};
    return type === 'text' ? [String(text)] : textsIn({ content: inner });
  });
}

test('no word, call or result of a chat is lost, and each side keeps its order', () => {
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 12 }), fc.boolean(), (exchanges, systemTurns) => {
      const messages: ChatMessage[] = [{ role: 'user', content: 'begin' }, ...messagesOf(exchanges)];
      const conversation = conversationOf(messages, systemTurns);
      if ('kind' in conversation) throw new Error(conversation.message);
      const { turns, system } = conversation;
      const spokenBy = (role: string) => turns.filter((turn) => turn.role === role).flatMap(textsIn);
      expect(spokenBy('assistant')).toEqual(said(messages, ['assistant']));
      const instructions = [...textsIn({ content: system }), ...spokenBy('system')];
      const heard = [...spokenBy('user'), ...instructions].toSorted();
      expect(heard).toEqual(said(messages, ['user', 'tool', 'system']).toSorted());

      const blocks = turns.flatMap(({ content }) => content);
      const uses = blocks.filter(({ type }) => type === 'tool_use');
      const calls = messages
        .flatMap(({ tool_calls: list }) => asList(list))
        .map((call) => asRecord(asRecord(call)?.['function']));
      expect(uses.map(({ name, input }) => [name, JSON.stringify(input)])).toEqual(
        calls.map((call) => [call?.['name'], call?.['arguments']]),
      );
      const results = blocks.filter(({ type }) => type === 'tool_result').map(({ content }) => content);
      expect(results).toEqual(said(messages, ['tool']));
    }),
  );
});

test('turns alternate as Anthropic wants, and results follow the calls that they are of', () => {
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 12 }), fc.boolean(), (exchanges, systemTurns) => {
      const conversation = conversationOf(messagesOf(exchanges), systemTurns);
      if ('kind' in conversation) throw new Error(conversation.message);
      const { turns } = conversation;
      expect(turns[0]?.role).toBe('user');
      for (const [index, { role, content }] of turns.entries()) {
        const next = turns[index + 1];
        expect(content.length).toBeGreaterThan(0);
        expect(next?.role).not.toBe(role);
        if (role === 'system')
          expect([turns[index - 1]?.role, next?.role ?? 'assistant']).toEqual(['user', 'assistant']);
        const uses = content.filter(({ type }) => type === 'tool_use').map(({ id }) => id);
        if (uses.length === 0) continue;
        const answered = (next?.content ?? []).slice(0, uses.length).map((block) => block['tool_use_id']);
        expect(new Set(answered)).toEqual(new Set(uses));
        for (const id of uses) expect(id).toMatch(/^[\w-]+$/);
      }
      if (!systemTurns) expect(turns.map(({ role }) => role)).not.toContain('system');
    }),
  );
});
