import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Quirks, noQuirks } from '../../../../src/catalog/quirks.ts';
import { plainChatBody, quirkEdits } from '../../../../src/protocols/chat/plain-chat.ts';
import { cutBytes, cutsFor } from '../../../../src/protocols/json/json-splice.ts';
import { chatCall, hello } from '../../../support/chat.ts';

const marker = { cache_control: { type: 'ephemeral' } };
const call = { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } };
const signature = { type: 'reasoning.encrypted', data: 's', id: 'a', format: 'google-gemini-v1' };

const rich = {
  model: 'm',
  messages: [
    {
      role: 'developer',
      content: [
        { type: 'text', text: 'one', ...marker },
        { type: 'text', text: 'two' },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: 'u' }, ...marker },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b', ...marker },
      ],
      reasoning_content: 'hm',
      reasoning_details: [{ type: 'reasoning.text', text: 'hm' }, signature],
      tool_calls: [call, { ...call, id: 'b' }],
    },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'r', ...marker }] },
  ],
  tools: [{ type: 'function', function: { name: 'f' }, ...marker }],
  reasoning_effort: 'high',
  reasoning: { max_tokens: 20_000 },
  top_k: 5,
  stop: ['x'],
};

function plain(quirks: Partial<Quirks>, body: Record<string, unknown> = rich, reasons = true) {
  return plainChatBody(body, { ...noQuirks, ...quirks }, reasons);
}

describe('a translated chat completion', () => {
  test("is in OpenAI's own words for a server that has no others", () => {
    expect(plain({})).toEqual({
      model: 'm',
      messages: [
        { role: 'developer', content: 'one\n\ntwo' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'see' },
            { type: 'image_url', image_url: { url: 'u' } },
          ],
        },
        { role: 'assistant', content: 'ab', tool_calls: [call, { ...call, id: 'b' }] },
        { role: 'tool', tool_call_id: 'a', content: 'r' },
      ],
      tools: [{ type: 'function', function: { name: 'f' } }],
      reasoning_effort: 'high',
      stop: ['x'],
    });
  });

  test('keeps what the server has beyond that, each by itself', () => {
    expect(plain({ extensions: ['cache_control'] })).toMatchObject({
      messages: [
        { content: [{ text: 'one', ...marker }, { text: 'two' }] },
        { content: [{}, marker] },
        { content: [{}, marker] },
        { content: [marker] },
      ],
      tools: [marker],
    });
    const thoughts = plain({ extensions: ['reasoning_content'] })['messages'];
    expect(thoughts).toMatchObject([{}, {}, { reasoning_content: 'hm' }, {}]);
    expect(JSON.stringify(thoughts)).not.toContain('reasoning_details');
    const details = plain({ extensions: ['reasoning_details'] })['messages'];
    expect(details).toMatchObject([{}, {}, { reasoning_details: [{ text: 'hm' }, signature] }, {}]);
    expect(JSON.stringify(details)).not.toContain('reasoning_content');
    expect(plain({ extensions: ['thought_signature'] })['messages']).toMatchObject([
      {},
      {},
      {
        tool_calls: [
          { ...call, extra_content: { google: { thought_signature: 's' } } },
          { ...call, id: 'b' },
        ],
      },
      {},
    ]);
  });

  test('speaks as the system where the server knows no developers', () => {
    expect(plain({ developerRole: false })['messages']).toMatchObject([{ role: 'system' }, {}, {}, {}]);
  });

  test.each<[Quirks['reasoning'], Record<string, unknown>, Record<string, unknown>]>([
    ['effort', { reasoning: { effort: 'xhigh' } }, { reasoning_effort: 'xhigh' }],
    ['effort', { reasoning: { enabled: false } }, { reasoning_effort: 'low' }],
    ['effort', { reasoning_effort: 'none' }, { reasoning_effort: 'none' }],
    ['effort', { reasoning: { enabled: true } }, {}],
    ['object', { reasoning: { max_tokens: 9 }, reasoning_effort: 'high' }, { reasoning: { max_tokens: 9 } }],
    ['object', { reasoning_effort: 'low' }, { reasoning: { effort: 'low' } }],
    ['object', { reasoning_effort: 'max' }, { reasoning: { effort: 'xhigh' } }],
    ['object', {}, {}],
    ['switch', { reasoning_effort: 'low' }, { thinking: { type: 'enabled' } }],
    ['switch', { reasoning: { enabled: true } }, { thinking: { type: 'enabled' } }],
    ['switch', { reasoning: { enabled: false } }, { thinking: { type: 'disabled' } }],
    ['switch', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['switch', {}, {}],
    ['switch-and-effort', { reasoning_effort: 'max' }, { thinking: { type: 'enabled' }, reasoning_effort: 'max' }],
    ['switch-and-effort', { reasoning_effort: 'minimal' }, { thinking: { type: 'enabled' }, reasoning_effort: 'low' }],
    ['switch-and-effort', { reasoning_effort: 'medium' }, { thinking: { type: 'enabled' }, reasoning_effort: 'high' }],
    [
      'switch-and-effort',
      { reasoning: { effort: 'xhigh' } },
      { thinking: { type: 'enabled' }, reasoning_effort: 'high' },
    ],
    ['switch-and-effort', { reasoning: { max_tokens: 9 } }, { thinking: { type: 'enabled' } }],
    ['switch-and-effort', { reasoning_effort: 'none' }, { thinking: { type: 'disabled' } }],
    [
      'switch-and-effort',
      { reasoning: { enabled: false }, reasoning_effort: 'low' },
      { thinking: { type: 'disabled' } },
    ],
    ['switch-and-effort', {}, {}],
    ['steps', { reasoning_effort: 'medium' }, { reasoning_effort: 'high' }],
    ['steps', { reasoning_effort: 'max' }, { reasoning_effort: 'max' }],
    ['steps', { reasoning_effort: 'none' }, { reasoning_effort: 'low' }],
    ['steps', { reasoning: { enabled: false } }, { reasoning_effort: 'low' }],
    ['steps', { reasoning: { enabled: true } }, {}],
    ['steps', {}, {}],
    ['none', { reasoning_effort: 'low', reasoning: { effort: 'low' } }, {}],
  ])('tells a server by %s, of %j, %j', (reasoning, fields, expected) => {
    expect(plain({ reasoning }, { messages: [], ...fields })).toEqual({ messages: [], ...expected });
    expect(plain({ reasoning }, { messages: [], ...fields }, false)).toEqual({ messages: [] });
  });
});

describe('a chat completion, as it was sent or translated', () => {
  function sent(body: unknown, quirks: Partial<Quirks>) {
    const asked = chatCall(body);
    const edits = quirkEdits(asked, { ...noQuirks, ...quirks });
    const bytes = cutBytes(asked.body, asked.text, cutsFor(asked.object, edits));
    return {
      edits,
      bytes,
      isUntouched: bytes === asked.body,
      value: JSON.parse(new TextDecoder().decode(bytes)) as unknown,
    };
  }

  test("is under the server's names, and without what it refuses", () => {
    const quirks = { rename: { stop: 'stop_sequences', top_k: 'top_k', user: 'end_user' }, drop: ['reasoning_effort'] };
    const rest = { stop: ['x'], top_k: 5, reasoning_effort: 'low', user: 'a', end_user: 'b' };
    const body = plain(quirks, { messages: hello, ...rest });
    expect(sent(body, quirks).value).toEqual({ messages: hello, stop_sequences: ['x'], top_k: 5, end_user: 'b' });
  });

  test('is the very bytes that came where no quirk applies', () => {
    const body = { messages: [{ role: 'system', content: [{ type: 'text', text: 'x', ...marker }] }], top_k: 5 };
    const quirks = { developerRole: false, rename: { stop: 'x', top_k: 'top_k' }, drop: ['seed'] };
    expect(sent(body, quirks)).toMatchObject({ edits: [], isUntouched: true });
    expect(sent({ messages: [{ role: 'developer', content: 'x' }] }, {})).toMatchObject({
      edits: [],
      isUntouched: true,
    });
  });

  test('is edited where one does, and nowhere else', () => {
    const messages = [{ role: 'developer', content: 'x', name: 'n' }, ...hello];
    const body = { model: 'm', messages, stop: ['é'], seed: 1, user: 'a', end_user: 'b', other: { stop: 1 } };
    const quirks = { developerRole: false, rename: { stop: 'stop_sequences', user: 'end_user' }, drop: ['seed'] };
    expect(sent(body, quirks).value).toEqual({
      model: 'm',
      messages: [{ role: 'system', content: 'x', name: 'n' }, ...hello],
      stop_sequences: ['é'],
      end_user: 'b',
      other: { stop: 1 },
    });
  });

  test('becomes what a translated one would, but for what only that has', () => {
    const names = ['seed', 'stop', 'user', 'store', 'end_user'];
    const fields = fc.dictionary(fc.constantFrom(...names), fc.constant('x'));
    const rename = fc.dictionary(fc.constantFrom('seed', 'stop', 'user'), fc.constantFrom('end_user', 'renamed'), {
      maxKeys: 1,
    });
    const drop = fc.subarray(['seed', 'store', 'stop']);
    fc.assert(
      fc.property(fields, rename, drop, fc.boolean(), (own, renamed, dropped, developerRole) => {
        const body = { messages: [{ role: 'developer', content: 'x' }], ...own };
        const quirks = { rename: { ...renamed }, drop: dropped, developerRole };
        expect(sent(body, quirks).value).toEqual(sent(plain(quirks, body), quirks).value);
      }),
    );
  });
});
