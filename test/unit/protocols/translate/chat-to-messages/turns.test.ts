import { describe, expect, it } from 'vitest';
import { conversationOf } from '../../../../../src/protocols/translate/chat-to-messages/turns.ts';
import type { ChatMessage } from '../../../../../src/protocols/chat/request.ts';

const system = (content: string): ChatMessage => ({ role: 'system', content });
const user = (content: NonNullable<ChatMessage['content']>): ChatMessage => ({ role: 'user', content });
const assistant = (content: string | null, more: object = {}): ChatMessage => ({ role: 'assistant', content, ...more });
const call = (id: string, name: string, written: string) => ({
  id,
  type: 'function',
  function: { name, arguments: written },
});
const result = (id: string, content: string): ChatMessage => ({ role: 'tool', tool_call_id: id, content });
const text = (said: string) => ({ type: 'text', text: said });
const turn = (role: string, ...content: readonly object[]) => ({ role, content });
const talk = (messages: readonly ChatMessage[], systemTurns = true) => conversationOf(messages, systemTurns);

describe('instructions of the system', () => {
  it('come before all else where they did', () => {
    expect(talk([system('One.'), { role: 'developer', content: 'Two.' }, user('Hi')])).toEqual({
      system: [text('One.'), text('Two.')],
      turns: [turn('user', text('Hi'))],
    });
  });

  it('stay where they are in the middle, as near as Anthropic takes them, or go to the beginning', () => {
    const messages = [user('A'), system('S'), user('B'), assistant('C'), system('T'), user('D')];
    expect(talk(messages)).toEqual({
      system: [],
      turns: [
        turn('user', text('A'), text('B')),
        turn('system', text('S')),
        turn('assistant', text('C')),
        turn('user', text('D')),
        turn('system', text('T')),
      ],
    });
    expect(talk(messages, false)).toMatchObject({ system: [text('S'), text('T')], turns: { length: 3 } });
  });

  it('never come between calls of tools and their results', () => {
    const messages = [user('A'), assistant(null, { tool_calls: [call('1', 'ls', '')] }), system('S'), result('1', 'x')];
    expect(talk(messages)).toMatchObject({ turns: [{}, { role: 'assistant' }, { role: 'user' }, { role: 'system' }] });
  });

  it('are what the model answers where nobody else says anything', () => {
    expect(talk([system('Tell a joke.')])).toEqual({ system: [], turns: [turn('user', text('Tell a joke.'))] });
    expect(talk([user('A'), assistant('B'), system('Go on.')])).toMatchObject({
      turns: [{}, {}, turn('user', text('Go on.'))],
    });
  });
});

describe('a talk', () => {
  it('has each side speak by turns, the user first', () => {
    expect(talk([assistant('A'), assistant('B'), user('C'), user('D')])).toMatchObject({
      turns: [{ role: 'user' }, turn('assistant', text('A'), text('B')), turn('user', text('C'), text('D'))],
    });
  });

  it('has nothing in it that says nothing', () => {
    const parts = [text(''), text('x'), text(' \n')];
    expect(talk([user('A'), assistant(''), user(parts)])).toMatchObject({
      turns: [turn('user', text('A'), text('x'))],
    });
  });

  it('has all calls in one turn, and all results in the next, before anything else', () => {
    const calls = { tool_calls: [call('1', 'ls', '{"path":"."}'), call('2', 'now', '')] };
    const messages = [user('A'), assistant('B', calls), result('2', 'noon'), user('C'), result('1', '')];
    expect(talk(messages)).toMatchObject({
      turns: [
        {},
        turn(
          'assistant',
          text('B'),
          { type: 'tool_use', id: '1', name: 'ls', input: { path: '.' } },
          { type: 'tool_use', id: '2', name: 'now', input: {} },
        ),
        turn(
          'user',
          { type: 'tool_result', tool_use_id: '2', content: 'noon' },
          { type: 'tool_result', tool_use_id: '1' },
          text('C'),
        ),
      ],
    });
  });

  it('names calls as Anthropic can, each by one name and no two by the same', () => {
    const calls = { tool_calls: [call('functions.ls:0', 'ls', '{'), call('functions_ls_0', 'ls', '[1]')] };
    const said = talk([
      user('A'),
      assistant(null, calls),
      result('functions_ls_0', 'b'),
      result('functions.ls:0', 'a'),
    ]);
    expect(said).toMatchObject({
      turns: [
        {},
        { content: [{ id: 'functions_ls_0', input: { arguments: '{' } }, { id: 'functions_ls_0_1' }] },
        { content: [{ tool_use_id: 'functions_ls_0_1' }, { tool_use_id: 'functions_ls_0' }] },
      ],
    });
  });

  it('tells calls apart that a server has given one name', () => {
    const calls = { tool_calls: [call('call_0', 'ls', '')] };
    const again = [assistant(null, calls), result('call_0', 'a')];
    expect(talk([user('A'), ...again, ...again])).toMatchObject({
      turns: [
        {},
        { content: [{ id: 'call_0' }] },
        { content: [{ tool_use_id: 'call_0' }] },
        { content: [{ id: 'call_0_1' }] },
        { content: [{ tool_use_id: 'call_0_1' }] },
      ],
    });
  });

  it('finds a name for each call, whatever names are taken', () => {
    const ids = ['a_b_4', 'a.b', 'a:b', 'a_b', 'a-b', '', 'a_b_3', 'a b', 'call'];
    const said = talk([user('A'), assistant(null, { tool_calls: ids.map((id) => call(id, 'ls', '')) })]);
    const named = 'kind' in said ? [] : (said.turns[1]?.content ?? []).map(({ id }) => id);
    expect(new Set(named).size).toBe(ids.length);
    for (const id of named) expect(id).toMatch(/^[\w-]+$/);
  });

  it('knows the calls of the older protocol', () => {
    const called = assistant(null, { function_call: { name: 'ls', arguments: '{}' } });
    expect(talk([user('A'), called, { role: 'function', name: 'ls', content: 'x' }])).toMatchObject({
      turns: [{}, { content: [{ id: 'call_0' }] }, { content: [{ tool_use_id: 'call_0', content: 'x' }] }],
    });
  });

  it('keeps what marks a place to cache up to, on parts, messages and results', () => {
    const cache = { cache_control: { type: 'ephemeral' } };
    const part = { ...text('x'), ...cache };
    const said = talk([
      { role: 'system', content: [part] },
      { ...user('A'), ...cache },
      assistant(null, { tool_calls: [call('1', 'ls', '')] }),
      { role: 'tool', tool_call_id: '1', content: [part] },
    ]);
    expect(said).toEqual({
      system: [part],
      turns: [
        turn('user', { ...text('A'), ...cache }),
        turn('assistant', { type: 'tool_use', id: '1', name: 'ls', input: {} }),
        turn('user', { type: 'tool_result', tool_use_id: '1', content: [text('x')], ...cache }),
      ],
    });
  });
});

describe('thoughts', () => {
  const signed = { type: 'reasoning.text', text: 'Hm.', signature: 'Eq', format: 'anthropic-claude-v1' };
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 'Eq' };
  const after = (details: readonly object[], more: object = {}) => {
    const said = talk([user('A'), assistant('B', { reasoning_details: details, ...more })]);
    return 'kind' in said ? said : said.turns[1]?.content;
  };

  it('come first, as they were signed', () => {
    const hidden = { type: 'reasoning.encrypted', data: 'Em' };
    expect(after([signed, hidden])).toEqual([thought, { type: 'redacted_thinking', data: 'Em' }, text('B')]);
  });

  it('are put together of the pieces that a stream came in', () => {
    const pieces = [
      { type: 'reasoning.text', text: 'H', index: 0 },
      { type: 'reasoning.text', text: 'm.', index: 0 },
      { type: 'reasoning.text', signature: 'Eq', index: 0 },
    ];
    expect(after(pieces)).toEqual([thought, text('B')]);
  });

  it('stand between other blocks again where they did', () => {
    const calls = { tool_calls: [call('1', 'ls', '')] };
    const tool = { type: 'tool_use', id: '1', name: 'ls', input: {} };
    const second = { ...signed, text: 'So.' };
    const between = { ...thought, thinking: 'So.' };
    expect(
      after(
        [
          { ...signed, index: 0 },
          { ...second, index: 2 },
        ],
        calls,
      ),
    ).toEqual([thought, text('B'), between, tool]);
    // Of words that were in two blocks, one is left: then the last of what was thought has no place of its own.
    expect(
      after(
        [
          { ...signed, index: 0 },
          { ...second, index: 3 },
        ],
        calls,
      ),
    ).toEqual([thought, between, text('B'), tool]);
  });

  it('are left out where they are not signed, or another model’s', () => {
    const unsigned = { type: 'reasoning.text', text: 'Hm.' };
    const foreign = { type: 'reasoning.encrypted', data: 'x', format: 'openai-responses-v1' };
    expect(after([unsigned, foreign, { type: 'reasoning.summary', summary: 'Short' }])).toEqual([text('B')]);
  });
});

describe('pictures and papers', () => {
  const seen = (part: object) => {
    const said = talk([user([{ type: 'x', ...part }])]);
    return 'kind' in said ? said : said.turns[0]?.content[0];
  };
  const file = (fields: object) => seen({ type: 'file', file: fields });

  it('are shown as they were sent', () => {
    expect(seen({ type: 'image_url', image_url: { url: 'https://a.example/b.png' } })).toEqual({
      type: 'image',
      source: { type: 'url', url: 'https://a.example/b.png' },
    });
    expect(seen({ type: 'image_url', image_url: { url: 'data:image/jpg;base64,/9j/' } })).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/' },
    });
    const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' };
    expect(file({ file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' })).toEqual({
      type: 'document',
      source: pdf,
      title: 'a.pdf',
    });
    expect(file({ file_data: 'JVBERi0=' })).toEqual({ type: 'document', source: pdf });
    expect(file({ file_data: 'https://a.example/b.pdf' })).toMatchObject({ source: { type: 'url' } });
    const note = { type: 'text', media_type: 'text/plain', data: 'Grüße' };
    expect(file({ file_data: 'data:text/markdown;base64,R3LDvMOfZQ==' })).toEqual({ type: 'document', source: note });
    expect(file({ file_data: 'data:text/plain,Gr%C3%BC%C3%9Fe' })).toEqual({ type: 'document', source: note });
  });

  it.each([
    [{ type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA' } }, 'image_url'],
    [{ type: 'image_url', image_url: { url: 'file:///a.png' } }, 'image_url'],
    [{ type: 'file', file: { file_id: 'file-1' } }, 'file'],
    [{ type: 'file', file: { file_data: 'data:text/plain;base64,!' } }, 'file'],
    [{ type: 'file', file: { file_data: 'data:application/zip;base64,AA' } }, 'file'],
    [{ type: 'input_audio', input_audio: {} }, 'type'],
    [{ type: 'novel' }, 'type'],
  ])('are refused by name where Claude can not take them: %j', (part, name) => {
    expect(seen(part)).toMatchObject({ kind: 'untranslatable', param: `messages[0].content[0].${name}` });
  });
});
