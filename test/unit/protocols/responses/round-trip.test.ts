import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReasoningDetail } from '../../../../src/protocols/chat/chunk.ts';
import { responseOfCompletion } from '../../../../src/protocols/translate/completion-to-response/answer.ts';
import { sealReasoning, unsealReasoning } from '../../../../src/protocols/responses/reasoning.ts';
import { chatBodyOfResponses } from '../../../../src/protocols/translate/responses-to-chat/request.ts';
import { asList, asRecord, asText } from '../../../../src/protocols/json/json-value.ts';
import { chunkOf, responsesRequest, toldResponse } from '../../../support/responses.ts';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 });
const callId = fc.constantFrom('c1', 'c2', 'c3');
const item = fc.oneof(
  fc.tuple(fc.constantFrom('user', 'developer'), text).map(([role, said]) => ({
    type: 'message',
    role,
    content: [{ type: 'input_text', text: said }],
  })),
  text.map((said) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said }] })),
  fc.tuple(callId, text).map(([id, given]) => ({ type: 'function_call', call_id: id, name: 'find', arguments: given })),
  fc.tuple(callId, text).map(([id, given]) => ({ type: 'custom_tool_call', call_id: id, name: 'patch', input: given })),
  fc.tuple(callId, text).map(([id, output]) => ({ type: 'function_call_output', call_id: id, output })),
);
const tools = [
  { type: 'function', name: 'find' },
  { type: 'custom', name: 'patch' },
];

/** What was said, called and answered, in order, of either protocol. Within a turn, texts come before calls in chat. */
function saidIn(messages: readonly unknown[]): readonly string[] {
  return messages.flatMap((value) => {
    const { role, content, tool_calls: calls, tool_call_id: id } = asRecord(value) ?? {};
    const texts = typeof content === 'string' ? [content] : asList(content).map((part) => asRecord(part)?.['text']);
    const said = texts.map((each) => `${String(role)} ${asText(id) ?? ''}: ${String(each)}`);
    return [...said, ...asList(calls).map((call) => calledIn(asRecord(call) ?? {}))];
  });
}

function calledIn({ id, function: called }: Readonly<Record<string, unknown>>): string {
  const { name, arguments: given } = asRecord(called) ?? {};
  const input: unknown = name === 'patch' ? asRecord(JSON.parse(String(given)))?.['input'] : given;
  return `${String(name)} ${String(id)}: ${String(input)}`;
}

function expectedOf(items: readonly object[]): readonly string[] {
  const lines: string[] = [];
  let calls: string[] = [];
  for (const each of items) {
    const { type, role, content, call_id: id, name, arguments: given, input, output } = asRecord(each) ?? {};
    const isAssistant = role === 'assistant' || name !== undefined;
    if (!isAssistant) {
      lines.push(...calls);
      calls = [];
    }
    if (type === 'message') lines.push(`${String(role)} : ${String(asRecord(asList(content)[0])?.['text'])}`);
    else if (name === undefined) lines.push(`tool ${asText(id) ?? ''}: ${String(output)}`);
    else calls.push(`${asText(name) ?? ''} ${asText(id) ?? ''}: ${String(given ?? input)}`);
  }
  return [...lines, ...calls];
}

describe('a conversation in items', () => {
  test('keeps all that was said, called and answered, in its order, as messages', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), (items) => {
        const chat = chatBodyOfResponses(responsesRequest({ input: items, tools }));
        expect('messages' in chat).toBe(true);
        const { messages } = { messages: [], ...chat };
        expect(saidIn(asList(messages))).toEqual(expectedOf(items));
        // Each turn of the assistant is one message.
        const roles = asList(messages).map((message) => asRecord(message)?.['role']);
        expect(roles.some((role, at) => role === 'assistant' && roles[at + 1] === 'assistant')).toBe(false);
      }),
    );
  });

  test('comes back as it was answered, when a client sends back the items that it got', () => {
    const details = fc.array(
      fc.oneof(
        fc
          .tuple(text, text)
          .map(([thought, signature]) => ({ type: 'reasoning.text' as const, text: thought, signature })),
        text.map((data) => ({ type: 'reasoning.encrypted' as const, data })),
      ),
      { maxLength: 3 },
    );
    const calls = fc.array(fc.tuple(fc.constantFrom('find', 'patch'), text), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(details, fc.option(text), calls, (reasoning, content, called) => {
        const toolCalls = called.map(([name, given], at) => ({
          id: `c${at}`,
          type: 'function' as const,
          function: { name, arguments: name === 'patch' ? JSON.stringify({ input: given }) : given },
        }));
        const delta = {
          ...(content === null ? {} : { content }),
          reasoning_details: reasoning,
          tool_calls: toolCalls.map((call, index) => ({ index, ...call })),
        };
        const usage = { inputTokens: 1, outputTokens: 1 };
        const response = responseOfCompletion(
          chunkOf(delta, 'tool_calls'),
          responsesRequest({ tools }),
          toldResponse,
          usage,
        );
        const chat = chatBodyOfResponses(responsesRequest({ input: response['output'], tools }));
        const { messages } = { messages: [], ...chat };
        const placed = reasoning.map((detail, index): ReasoningDetail => ({ ...detail, index }));
        expect(messages).toMatchObject([
          {
            role: 'assistant',
            content,
            tool_calls: toolCalls,
            ...(placed.length === 0 ? {} : { reasoning_details: placed }),
          },
        ]);
      }),
    );
  });
});

describe('reasoning that a client keeps for its provider', () => {
  test('is what it was, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (said) => {
        const details = [{ type: 'reasoning.text', text: said, signature: 'S' }] as const;
        expect(unsealReasoning(sealReasoning(details))).toEqual(details);
      }),
    );
  });

  test.each(['', 'gAAAAABo', 'weir1', 'weir1.%%%', 'weir1./w=='])('is not found in %j', (sealed) => {
    expect(unsealReasoning(sealed)).toBeUndefined();
  });

  test('is nothing but what is known of it', () => {
    const sealed = (value: unknown) => `weir1.${btoa(JSON.stringify(value))}`;
    expect(
      unsealReasoning(sealed([{ type: 'reasoning.encrypted', data: 'd', admin: true }, 7, { type: 'x' }])),
    ).toEqual([{ type: 'reasoning.encrypted', data: 'd' }]);
    expect(unsealReasoning(sealed({ length: 1 }))).toEqual([]);
  });
});
