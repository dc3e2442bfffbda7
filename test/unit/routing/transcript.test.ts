import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  transcriptCharsMax,
  transcriptLeadingMax,
  transcriptOtherCharsMax,
  transcriptPartsMax,
  transcriptSystemCharsMax,
  transcriptToolsMax,
  transcriptTurnsMax,
  transcriptUserCharsMax,
} from '../../../src/limits.ts';
import { complexityOf } from '../../../src/core/routing/complexity.ts';
import { stageOf } from '../../../src/core/routing/stage.ts';
import { transcriptOf } from '../../../src/core/routing/transcript.ts';
import { type AskedCall, asCall, protocols } from './labelled/as-call.ts';
import { type Conversation, labelledSets } from './labelled/labelled-set.ts';

const sets = [labelledSets('stage'), labelledSets('complexity')];
const conversations = sets.flatMap(({ development, heldOut, fresh }) => [...development, ...heldOut, ...fresh]);

function judged(call: AskedCall) {
  const transcript = transcriptOf(call);
  return { stage: stageOf(transcript), complexity: complexityOf(transcript) };
}

function chat(messages: readonly unknown[], rest: object = {}): AskedCall {
  return { protocol: 'chat', request: { messages, ...rest } };
}

describe('a transcript', () => {
  it('is the same for a conversation in every protocol', () => {
    for (const conversation of conversations) {
      const [first, ...others] = protocols.map((protocol) => transcriptOf(asCall(conversation, protocol)));
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it('shows who says what, what is called and what comes back', () => {
    const content = [
      { type: 'text', text: 'What is in ' },
      { type: 'text', text: 'this?  \n' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ];
    const call = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } };
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'a cat' },
    ];
    const tools = [{ type: 'function', function: { name: 'look' } }, { type: 'web_search' }];
    expect(transcriptOf(chat(messages, { tools, functions: [{ name: 'older' }] }))).toEqual({
      system: 'Be brief.',
      turns: [
        { role: 'user', text: 'What is in this?', toolCalls: [] },
        { role: 'assistant', text: '', toolCalls: ['look'] },
        { role: 'tool', text: 'a cat', toolCalls: [] },
      ],
      tools: ['look', 'web_search', 'older'],
      images: 1,
      files: 0,
      characters: 21,
    });
  });

  it('takes the input of a response in each of its forms', () => {
    const turns = [{ role: 'user', text: 'hello', toolCalls: [] }];
    expect(transcriptOf({ protocol: 'responses', request: { input: 'hello' } }).turns).toEqual(turns);
    const input = [
      { role: 'user', content: 'hello' },
      { type: 'reasoning', summary: [] },
      { type: 'local_shell_call', action: {} },
      { type: 'local_shell_call_output', output: 'ok' },
    ];
    expect(transcriptOf({ protocol: 'responses', request: { input } }).turns).toEqual([
      ...turns,
      { role: 'assistant', text: '', toolCalls: ['local_shell'] },
      { role: 'tool', text: 'ok', toolCalls: [] },
    ]);
  });

  it('counts images and files in the results of tools too', () => {
    const content = [{ type: 'tool_result', content: [{ type: 'image' }, { type: 'document' }] }];
    const { images, files, turns } = transcriptOf({
      protocol: 'messages',
      request: { messages: [{ role: 'user', content }] },
    });
    expect({ images, files, roles: turns.map(({ role }) => role) }).toEqual({ images: 1, files: 1, roles: ['tool'] });
  });

  it('is empty for embeddings', () => {
    expect(transcriptOf({ protocol: 'embeddings', request: { input: ['design a house'] } }).turns).toEqual([]);
  });
});

describe('what is judged of a request', () => {
  it('is the same each time, whatever the order of the fields and the blanks at the end', () => {
    for (const conversation of conversations) {
      const call = asCall(conversation, 'chat');
      const expected = judged(call);
      expect(judged(call)).toEqual(expected);
      expect(judged({ protocol: 'chat', request: reversedFields(call.request) })).toEqual(expected);
      const turns = conversation.turns.map((turn) => ({ ...turn, text: `${turn.text} \n\t ` }));
      expect(judged(asCall({ ...conversation, turns }, 'messages'))).toEqual(expected);
    }
  });

  it('is the same in however many parts a text is sent', () => {
    const some = fc.constantFrom<Conversation>(...conversations);
    fc.assert(
      fc.property(some, fc.array(fc.nat(400), { maxLength: 4 }), (conversation, cuts) => {
        const messages = conversation.turns.map(({ role, text }) => ({ role, content: split(text, cuts) }));
        const whole = conversation.turns.map(({ role, text }) => ({ role, content: text }));
        expect(judged(chat(messages))).toEqual(judged(chat(whole)));
      }),
    );
  });

  it('is something, whatever is sent', () => {
    const field = fc.constantFrom(
      'role',
      'content',
      'type',
      'text',
      'name',
      'tool_calls',
      'function',
      'output',
      'input',
    );
    const word = fc.constantFrom(
      'user',
      'assistant',
      'tool',
      'system',
      'text',
      'tool_result',
      'function_call',
      '```',
      '<a-b>',
    );
    const { anything } = fc.letrec((tie) => ({
      anything: fc.oneof(
        { depthSize: 'small' },
        word,
        fc.jsonValue(),
        fc.array(tie('anything')),
        fc.dictionary(field, tie('anything')),
      ),
    }));
    const request = fc.record({
      messages: anything,
      input: anything,
      system: anything,
      instructions: anything,
      tools: anything,
    });
    fc.assert(
      fc.property(fc.constantFrom(...protocols), request, (protocol, body) => {
        const { stage, complexity } = judged({ protocol, request: body });
        expect(['plan', 'code', 'review', undefined]).toContain(stage.stage);
        expect(Number.isInteger(complexity.score)).toBe(true);
        expect(`${stage.reason} ${complexity.reason}`).toMatch(/^[ -~]{1,200}$/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('how much of a request is looked at', () => {
  it('stays within its bounds, however large the request is', () => {
    const megabyte = 'prove that the plan is right `x` <a-b> - \n'.repeat(25_000);
    const messages = Array.from({ length: 10_000 }, (_, index) => ({
      role: ['user', 'assistant', 'tool'][index % 3],
      content: index % 2000 === 0 ? megabyte : 'x'.repeat(500),
    }));
    let looks = 0;
    const counting = new Proxy(messages, {
      get: (target, key, receiver): unknown => {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
        return Reflect.get(target, key, receiver);
      },
    });
    const transcript = transcriptOf(chat(counting));
    expect(looks).toBeLessThanOrEqual(transcriptTurnsMax + transcriptLeadingMax);
    expect(transcript.characters).toBeLessThanOrEqual(2 * transcriptCharsMax);
    const five = transcriptOf(
      chat([
        { role: 'system', content: megabyte },
        { role: 'user', content: megabyte.repeat(5) },
      ]),
    );
    expect(five.characters).toBeLessThanOrEqual(transcriptUserCharsMax);
    expect(five.system.length).toBeLessThanOrEqual(transcriptSystemCharsMax);
  });

  it.each([
    ['user', transcriptUserCharsMax],
    ['tool', transcriptOtherCharsMax],
  ])('is all of a message of the %s of %i characters, and not all of a longer one', (role, max) => {
    const lengthOf = (length: number) => transcriptOf(chat([{ role, content: 'x'.repeat(length) }])).characters;
    expect([lengthOf(max), lengthOf(max + 1)]).toEqual([max, max]);
  });

  it('is the beginning and the end of a long message', () => {
    const content = `first ${'-'.repeat(transcriptUserCharsMax)} last`;
    expect(transcriptOf(chat([{ role: 'user', content }])).turns[0]?.text).toMatch(/^first -+ last$/);
  });

  it('is the last messages, and instructions at the beginning', () => {
    const user = { role: 'user', content: 'a' };
    const turnsOf = (count: number) => transcriptOf(chat(Array.from({ length: count }, () => user))).turns.length;
    expect([turnsOf(transcriptTurnsMax), turnsOf(transcriptTurnsMax + 1)]).toEqual([
      transcriptTurnsMax,
      transcriptTurnsMax,
    ]);
    const systemAfter = (count: number) => {
      const before = Array.from({ length: count }, () => user);
      const after = Array.from({ length: transcriptTurnsMax }, () => user);
      return transcriptOf(chat([...before, { role: 'system', content: 'Be brief.' }, ...after])).system;
    };
    expect([systemAfter(transcriptLeadingMax - 1), systemAfter(transcriptLeadingMax)]).toEqual(['Be brief.', '']);
  });

  it('is the last parts of a message, and the first tools', () => {
    const parts = Array.from({ length: transcriptPartsMax }, () => ({ type: 'text', text: 'b' }));
    const textOf = (content: readonly object[]) => transcriptOf(chat([{ role: 'user', content }])).turns[0]?.text;
    expect(textOf([{ type: 'text', text: 'a' }, ...parts.slice(1)])).toMatch(/^ab/);
    expect(textOf([{ type: 'text', text: 'a' }, ...parts])).toMatch(/^bb/);
    const toolsOf = (count: number) =>
      transcriptOf(chat([], { tools: Array.from({ length: count }, (_, index) => ({ name: `t${index}` })) })).tools
        .length;
    expect([toolsOf(transcriptToolsMax), toolsOf(transcriptToolsMax + 1)]).toEqual([
      transcriptToolsMax,
      transcriptToolsMax,
    ]);
  });

  it('keeps what the user says behind any number of results of tools', () => {
    const loop = Array.from({ length: 400 }, () => ({ role: 'tool', content: 'y'.repeat(transcriptOtherCharsMax) }));
    const transcript = transcriptOf(chat([{ role: 'user', content: 'Fix the login.' }, ...loop]));
    expect(transcript.turns[0]?.text).toBe('Fix the login.');
    expect(transcript.characters).toBe(transcriptCharsMax + 'Fix the login.'.length);
  });
});

function reversedFields<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversedFields) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, reversedFields(field)]),
  ) as T;
}

function split(text: string, cuts: readonly number[]): { type: string; text: string }[] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length].toSorted(
    (one, other) => one - other,
  );
  return places.slice(1).map((end, index) => ({ type: 'text', text: text.slice(places[index], end) }));
}
