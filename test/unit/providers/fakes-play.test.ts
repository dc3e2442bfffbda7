import { expect, test } from 'vitest';
import { asList, asRecord } from '../../../src/protocols/json/json-value.ts';
import { fakeAnswer } from '../../support/fakes/fake-answer.ts';
import type { Json } from '../../support/fakes/json.ts';
import { Play } from '../../support/fakes/play.ts';

const headers = { authorization: 'Bearer key', 'content-type': 'application/json' };

/** The items that OpenAI's fake answers with. */
function itemsOf(body: Json, play: Play): readonly unknown[] {
  const text = JSON.stringify({ model: 'gpt-6-sol', input: 'Go.', ...body });
  const answer = fakeAnswer('openai', { method: 'POST', path: '/v1/responses', headers, body: text }, { play });
  return answer.body.kind === 'json' ? asList(asRecord(answer.body.value)?.['output']) : [];
}

const read = { type: 'function', name: 'read', parameters: { type: 'object' } };

test('a model that plays takes its steps one after the other, and then talks', () => {
  const play = new Play([
    [{ tool: 'read', args: { path: 'a' } }],
    [
      { tool: 'look', args: {} },
      { tool: 'read', args: { path: 'b' } },
    ],
  ]);
  expect(itemsOf({ tools: [read] }, play)).toMatchObject([{ type: 'function_call', arguments: '{"path":"a"}' }]);
  expect(play.isOver).toBe(false);
  expect(itemsOf({ tools: [read] }, play)).toMatchObject([{ type: 'function_call', arguments: '{"path":"b"}' }]);
  expect(play.isOver).toBe(true);
  expect(itemsOf({ tools: [read] }, play)).toMatchObject([{ type: 'message' }]);
});

test('a model that is not offered the tool of its step talks, and takes the step later', () => {
  const play = new Play([[{ tool: 'read', args: {} }]]);
  expect(itemsOf({}, play)).toMatchObject([{ type: 'message' }]);
  expect(itemsOf({ tools: [read] }, play)).toMatchObject([{ type: 'function_call', name: 'read' }]);
});

test('a model uses a tool that came along with the input, by both of its names, and with a text if it takes one', () => {
  const play = new Play([[{ tool: 'exec', args: { input: 'ls' } }]]);
  const tools = [{ type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] }];
  const input = [
    { type: 'additional_tools', role: 'developer', tools },
    { role: 'user', content: 'Go.' },
  ];
  expect(itemsOf({ input }, play)).toMatchObject([
    { type: 'custom_tool_call', name: 'exec', namespace: 'functions', input: 'ls' },
  ]);
});
