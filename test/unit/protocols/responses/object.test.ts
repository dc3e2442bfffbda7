import { expect, test } from 'vitest';
import { responseOfCompletion } from '../../../../src/protocols/translate/completion-to-response/answer.ts';
import { chunkOf, responsesRequest, toldResponse } from '../../../support/responses.ts';

function answerTo(body: object) {
  const whole = { ...chunkOf({ content: 'Hi.' }, 'stop'), service_tier: 'default' };
  const usage = { inputTokens: 2, outputTokens: 1, cacheWrite5mTokens: 1 };
  return responseOfCompletion(whole, responsesRequest(body), toldResponse, usage);
}

test('a whole response has every field, where its request set none', () => {
  const text = { type: 'output_text', text: 'Hi.', annotations: [], logprobs: [] };
  expect(answerTo({})).toEqual({
    id: 'resp_7f',
    object: 'response',
    created_at: toldResponse.createdAt,
    completed_at: toldResponse.createdAt + 7,
    status: 'completed',
    background: false,
    access_programs: null,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: 'river-1',
    output: [{ id: 'msg_7f_0', type: 'message', status: 'completed', role: 'assistant', content: [text] }],
    parallel_tool_calls: true,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 2,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 1 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 3,
    },
    user: null,
    metadata: {},
  });
});

test('a response that was cut short has no time at which it was complete', () => {
  const whole = chunkOf({ content: 'Hi' }, 'length');
  const usage = { inputTokens: 2, outputTokens: 1 };
  expect(responseOfCompletion(whole, responsesRequest({}), toldResponse, usage)).toMatchObject({
    status: 'incomplete',
    completed_at: null,
  });
});

test('a whole response repeats the settings of its request, but for what is not done', () => {
  const format = { type: 'json_object' };
  const settings = {
    instructions: 'Be brief.',
    max_output_tokens: 50,
    max_tool_calls: 2,
    parallel_tool_calls: false,
    prompt_cache_key: 'k',
    reasoning: { effort: 'low', summary: 'auto' },
    safety_identifier: 's',
    temperature: 0.2,
    text: { format, verbosity: 'low' },
    tool_choice: 'none',
    top_logprobs: 2,
    top_p: 0.5,
    user: 'u',
    metadata: { team: 'a' },
  };
  const tools = [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'p' },
  ];
  const response = answerTo({ ...settings, tools, store: true, truncation: 'auto' });
  expect(response).toMatchObject({ ...settings, store: false, truncation: 'disabled' });
  expect(response['tools']).toEqual([
    { type: 'function', name: 'f', parameters: null, strict: false },
    { type: 'custom', name: 'p' },
  ]);
});
