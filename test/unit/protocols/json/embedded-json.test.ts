import { describe, expect, it } from 'vitest';
import { messagesBodyOf } from '../../../../src/protocols/translate/chat-to-messages/request.ts';
import { bodyDepthMax, bodyNodesMax } from '../../../../src/limits.ts';
import { readChatCall } from '../../../../src/protocols/chat/request.ts';
import { EmbeddedJson } from '../../../../src/protocols/json/embedded-json.ts';

/** JSON of a list, and so many values with it and the name that it is read under. */
function listOf(nodes: number): string {
  return `[${Array.from({ length: nodes - 1 }, () => '0').join(',')}]`;
}

const tooMuch = expect.objectContaining({ code: 'request_too_large' });

describe('JSON that stands as a text in a body', () => {
  it('is read as what it says', () => {
    const json = new EmbeddedJson();
    expect(json.parse('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
    expect(json.parse(' "text" ')).toBe('text');
  });

  it.each(['', '{', '1,"b":2', '[1]}', '1},{"":1', 'nonsense'])('is nothing where it is none: %s', (text) => {
    expect(new EmbeddedJson().parse(text)).toBeUndefined();
  });

  it('holds as many values as a body may, and not one more', () => {
    expect(new EmbeddedJson().parse(listOf(bodyNodesMax - 1))).toHaveLength(bodyNodesMax - 2);
    expect(() => new EmbeddedJson().parse(listOf(bodyNodesMax))).toThrow(tooMuch);
  });

  it('is held to that in all of its texts together', () => {
    const json = new EmbeddedJson();
    json.parse(listOf(bodyNodesMax - 10));
    expect(json.parse(listOf(10))).toHaveLength(9);
    expect(() => json.parse('[0]')).toThrow(tooMuch);
  });

  it('is nested as deep as a body may be, and not deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(new EmbeddedJson().parse(nested(bodyDepthMax))).toBeInstanceOf(Array);
    expect(() => new EmbeddedJson().parse(nested(bodyDepthMax + 1))).toThrow(tooMuch);
  });

  it('is not built from the arguments of calls where that would take more room than a body may', () => {
    const call = { id: 'a', type: 'function', function: { name: 'f', arguments: `{"a":${listOf(bodyNodesMax)}}` } };
    const messages = [
      { role: 'user', content: 'Go on.' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'done' },
    ];
    const { request } = readChatCall(new TextEncoder().encode(JSON.stringify({ messages })));
    const model = { name: 'claude-haiku-4-5', maxOutputTokens: 8192, defaultOutputTokens: 4096, thinking: undefined };
    expect(() => messagesBodyOf(request, model)).toThrow(tooMuch);
  });
});
