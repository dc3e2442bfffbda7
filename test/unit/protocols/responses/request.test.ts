import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../../src/http/errors.ts';
import { messagesMax, requestedModelCharsMax, toolsMax } from '../../../../src/limits.ts';
import {
  inputItems,
  itemType,
  readResponsesCall,
  writtenResponsesCall,
} from '../../../../src/protocols/responses/request.ts';
import { responsesCall } from '../../../support/responses.ts';

function refusal(body: unknown): { code: string; param: string | undefined; message: string } {
  try {
    responsesCall(body);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { code: error.code, param: error.options.param, message: error.message };
  }
  throw new Error('it was accepted');
}

const message = { role: 'user', content: 'Hello' };

describe('a call of the Responses API', () => {
  test('is read as it was sent', () => {
    const body = new TextEncoder().encode('{"input":"é","model":"m","x":{"y":[1.0]},"stream":true}');
    const call = readResponsesCall(body);
    expect(call).toMatchObject({ protocol: 'responses', model: 'm', stream: true, endUser: undefined });
    expect(call.body).toBe(body);
    expect(call.request).toEqual({ input: 'é', model: 'm', x: { y: [1] }, stream: true });
    expect(call.object.members.map(({ name }) => name)).toEqual(['input', 'model', 'x', 'stream']);
  });

  test('may be written by ourselves', () => {
    const call = writtenResponsesCall({ input: 'x', user: 'ada' });
    expect(call).toMatchObject({ text: '{"input":"x","user":"ada"}', endUser: 'ada', stream: false });
  });

  test.each([
    [{ safety_identifier: 's', user: 'u', metadata: { user_id: 'm' } }, 's'],
    [{ user: 'u', metadata: { user_id: 'm' } }, 'u'],
    [{ metadata: { user_id: 'm' } }, 'm'],
    [{ metadata: { user_id: 7 } }, undefined],
    [{ user: '' }, undefined],
  ])('names its end user in %j', (fields, endUser) => {
    expect(responsesCall({ input: 'x', ...fields }).endUser).toBe(endUser);
  });

  test('holds a text as what a user says, and knows items whose type is left out', () => {
    expect(inputItems(responsesCall({ input: 'Hi' }).request)).toEqual([
      { type: 'message', role: 'user', content: 'Hi' },
    ]);
    expect(inputItems(responsesCall({ prompt: { id: 'p' } }).request)).toEqual([]);
    const items = [
      message,
      { id: 'msg_1' },
      { type: null, role: 'user', content: [] },
      { type: 'reasoning', summary: [] },
    ];
    expect(inputItems(responsesCall({ input: items }).request).map(itemType)).toEqual([
      'message',
      'item_reference',
      'message',
      'reasoning',
    ]);
  });

  test('can be without input only where some is kept', () => {
    expect(refusal({ model: 'm' })).toMatchObject({ code: 'invalid_request', param: 'input' });
    for (const kept of [{ previous_response_id: 'r' }, { prompt: { id: 'p' } }]) {
      expect(responsesCall(kept).request).toEqual(kept);
    }
  });

  test('is refused where it names a conversation of its provider, with what to do instead', () => {
    expect(responsesCall({ input: 'x', conversation: null }).request).toMatchObject({ conversation: null });
    for (const conversation of ['conv_1', { id: 'conv_1' }]) {
      expect(refusal({ input: 'x', conversation })).toEqual({
        code: 'unsupported_parameter',
        param: 'conversation',
        message: expect.stringMatching(/not kept here\. Go on .*'previous_response_id'/),
      });
    }
  });

  test('is refused where it would outlive us, with what to do instead', () => {
    expect(responsesCall({ input: 'x', background: false }).request).toMatchObject({ background: false });
    expect(refusal({ input: 'x', background: true })).toEqual({
      code: 'unsupported_parameter',
      param: 'background',
      message: expect.stringMatching(/'background' can't be accounted for\. Leave it out, .*'stream'/),
    });
  });

  test.each([
    ['input', { input: 7 }],
    ['input[1]', { input: [message, 'x'] }],
    ['input[0].type', { input: [{ type: 7 }] }],
    ['input[0].role', { input: [{ content: 'x' }] }],
    ['input[0].role', { input: [{ role: 'tool', content: 'x' }] }],
    ['input[0].content', { input: [{ role: 'user' }] }],
    ['input[0].content[1]', { input: [{ role: 'user', content: [{ type: 'input_text' }, { text: 'x' }] }] }],
    ['stream', { input: 'x', stream: 'yes' }],
    ['store', { input: 'x', store: 1 }],
    ['tools[0]', { input: 'x', tools: ['web_search'] }],
    ['tool_choice', { input: 'x', tool_choice: 7 }],
    ['include[0]', { input: 'x', include: [7] }],
    ['max_output_tokens', { input: 'x', max_output_tokens: '7' }],
    ['text', { input: 'x', text: 'json' }],
    ['model', { input: 'x', model: 7 }],
  ])('is told of a mistake in %s', (param, body) => {
    expect(refusal(body)).toMatchObject({ code: 'invalid_request', param });
  });

  test('accepts as many items and tools, and as long a name, as there may be, and refuses one more', () => {
    const tool = { type: 'function', name: 'f' };
    const most = {
      model: 'm'.repeat(requestedModelCharsMax),
      input: Array.from({ length: messagesMax }, () => message),
      tools: Array.from({ length: toolsMax }, () => tool),
    };
    expect(inputItems(responsesCall(most).request)).toHaveLength(messagesMax);
    expect(refusal({ ...most, input: [...most.input, message] })).toMatchObject({ param: 'input' });
    expect(refusal({ ...most, tools: [...most.tools, tool] })).toMatchObject({ param: 'tools' });
    expect(refusal({ ...most, model: `${most.model}m` })).toMatchObject({ param: 'model' });
  });
});
