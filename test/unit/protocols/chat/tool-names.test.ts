import { describe, expect, test } from 'vitest';
import { type Quirks, noQuirks } from '../../../../src/catalog/quirks.ts';
import { plainChatBody, quirkEdits } from '../../../../src/protocols/chat/plain-chat.ts';
import { withToolNames } from '../../../../src/protocols/chat/tool-names.ts';
import { cutBytes, cutsFor } from '../../../../src/protocols/json/json-splice.ts';
import { chatCall } from '../../../support/chat.ts';

const calling = (id: string, name: string) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }],
});
const result = (id: string, name?: string) => ({
  role: 'tool',
  tool_call_id: id,
  content: 'r',
  ...(name === undefined ? {} : { name }),
});
const user = { role: 'user', content: 'x', name: 'ada' };
const quirks = (toolNames: Quirks['toolNames']): Quirks => ({ ...noQuirks, toolNames });

describe("a tool's name beside its result", () => {
  test('is put in where a server needs it, of the call that came last by that id', () => {
    const messages = [user, calling('1', 'level'), result('1'), calling('1', 'gate'), result('1'), result('2')];
    expect(withToolNames(messages, quirks('needed'))).toEqual([
      user,
      calling('1', 'level'),
      result('1', 'level'),
      calling('1', 'gate'),
      result('1', 'gate'),
      result('2'),
    ]);
  });

  test("stays the client's own where it has one", () => {
    const messages = [calling('1', 'level'), result('1', 'own')];
    expect(withToolNames(messages, quirks('needed'))).toBe(messages);
    expect(withToolNames(messages, quirks('optional'))).toBe(messages);
  });

  test("is taken out where a server refuses it, and a user's name is not", () => {
    const messages = [user, calling('1', 'level'), result('1', 'level')];
    expect(withToolNames(messages, quirks('refused'))).toEqual([user, calling('1', 'level'), result('1')]);
    const without = [user, calling('1', 'level'), result('1')];
    expect(withToolNames(without, quirks('refused'))).toBe(without);
  });

  test('is put in and taken out of what a client wrote and of what was translated alike', () => {
    for (const [toolNames, name, expected] of [
      ['needed', undefined, 'level'],
      ['refused', 'level', undefined],
    ] as const) {
      const body = { model: 'm', messages: [calling('1', 'level'), result('1', name)] };
      const wanted = { model: 'm', messages: [calling('1', 'level'), result('1', expected)] };
      const call = chatCall(body);
      const bytes = cutBytes(call.body, call.text, cutsFor(call.object, quirkEdits(call, quirks(toolNames))));
      expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(wanted);
      expect(plainChatBody(body, quirks(toolNames))).toEqual(wanted);
    }
  });
});
