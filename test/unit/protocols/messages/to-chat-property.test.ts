import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatBodyOfMessages } from '../../../../src/protocols/translate/messages-to-chat/request.ts';
import { readMessagesCall } from '../../../../src/protocols/messages/request.ts';
import { noQuirks } from '../../../../src/catalog/quirks.ts';
import { writtenChatCall } from '../../../../src/protocols/chat/request.ts';
import { plainChatBody } from '../../../../src/protocols/chat/plain-chat.ts';
import { asList, asRecord, asText } from '../../../../src/protocols/json/json-value.ts';

/** No text is part of another, so that where each of them went can be told. */
const word = fc.uuid();
const text = word.map((said) => ({ type: 'text', text: `«${said}»` }));
const call = word.map((id) => ({ type: 'tool_use', id: `call-${id}`, name: 'f', input: { of: `«${id}»` } }));
const thought = word.map((said) => ({ type: 'thinking', thinking: `«${said}»`, signature: 'c2ln' }));
const image = word.map((said) => ({ type: 'image', source: { type: 'url', url: `https://example.com/«${said}»` } }));

const user = fc.record({
  role: fc.constant('user'),
  content: fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }),
});
const system = fc.record({ role: fc.constant('system'), content: fc.array(text, { minLength: 1, maxLength: 2 }) });
const assistant = fc.record({
  role: fc.constant('assistant'),
  content: fc
    .tuple(
      fc.array(thought, { maxLength: 2 }),
      fc.array(text, { maxLength: 2 }),
      fc.array(call, { minLength: 1, maxLength: 3 }),
    )
    .map((parts) => parts.flat()),
});

/** What an assistant called, and the results of that, with whatever else its user has to say. */
const exchange = fc
  .tuple(
    assistant,
    fc.array(fc.oneof(text, image), { maxLength: 2 }),
    fc.array(fc.oneof(text, image), { maxLength: 2 }),
  )
  .map(([turn, inside, beside]) => {
    const calls = turn.content.flatMap((block) => (block.type === 'tool_use' && 'id' in block ? [block.id] : []));
    const results = calls.map((id, index) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: index === 0 ? inside : `«result of ${id}»`,
    }));
    return [turn, { role: 'user', content: [...results, ...beside] }];
  });

const conversation = fc
  .array(
    fc.oneof(
      user.map((turn) => [turn]),
      system.map((turn) => [turn]),
      exchange,
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((turns) => turns.flat());

function wordsIn(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/«[^»]*»/g)].map(([match]) => match).toSorted();
}

function chatOf(messages: readonly unknown[]) {
  const { request } = readMessagesCall(
    new TextEncoder().encode(JSON.stringify({ model: 'm', max_tokens: 9, messages })),
  );
  const body = chatBodyOfMessages(request);
  if ('kind' in body) throw new Error(JSON.stringify(body));
  return body;
}

describe('a conversation of the Messages API, as a chat', () => {
  test('says everything that was said, and nothing twice but what was thought', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const body = plainChatBody(chatOf(messages), { ...noQuirks, extensions: ['reasoning_content'] });
        const isApart = (words: readonly string[]) => new Set(words).size === words.length;
        fc.pre(isApart(wordsIn(messages)));
        const thoughts = messages.flatMap(({ content }) => content.filter((block) => 'thinking' in block));
        expect(wordsIn(body)).toEqual(wordsIn(messages));
        expect(wordsIn(asList(body['messages']).map((turn) => asRecord(turn)?.['reasoning_content'] ?? ''))).toEqual(
          wordsIn(thoughts),
        );
      }),
    );
  });

  test('has the results of all calls of a turn right after it, in their order', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const { request } = writtenChatCall(chatOf(messages));
        const turns = request.messages;
        for (const [index, turn] of turns.entries()) {
          const ids = asList(turn['tool_calls']).map((each) => asRecord(each)?.['id']);
          const after = turns.slice(index + 1, index + 1 + ids.length);
          expect(after.map(({ role, tool_call_id: id }) => [role, id])).toEqual(ids.map((id) => ['tool', id]));
        }
        const answered = turns.filter(({ role }) => role === 'tool').length;
        expect(answered).toBe(turns.flatMap((turn) => asList(turn['tool_calls'])).length);
      }),
    );
  });

  test('keeps the order of what each side says', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const said = (turns: readonly unknown[], role: string) =>
          turns.flatMap((value) => {
            const turn = asRecord(value) ?? {};
            const content = turn['content'];
            const parts = typeof content === 'string' ? [{ text: content }] : asList(content);
            return turn['role'] === role ? parts.map((part) => asText(asRecord(part)?.['text']) ?? '') : [];
          });
        for (const role of ['user', 'system', 'assistant']) {
          const before = said(messages, role).filter((each) => each !== '');
          const after = said(asList(chatOf(messages)['messages']), role).join('');
          const places = before.map((each) => after.indexOf(each));
          expect(places).not.toContain(-1);
          expect(places).toEqual(places.toSorted((one, other) => one - other));
        }
      }),
    );
  });
});
