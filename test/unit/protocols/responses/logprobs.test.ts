import { describe, expect, test } from 'vitest';
import { eventLogprobs, partLogprobs } from '../../../../src/protocols/responses/message-item.ts';

describe('how probable the tokens of a text are', () => {
  const said = [
    { token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105] }] },
    { token: '<end>', logprob: -2, bytes: null, top_logprobs: [] },
  ];

  test('is told in the text with the bytes of each, where there are any', () => {
    expect(partLogprobs(said)).toEqual([said[0], { token: '<end>', logprob: -2, bytes: [], top_logprobs: [] }]);
  });

  test('is told in its events without them', () => {
    expect(eventLogprobs(partLogprobs(said))).toEqual([
      { token: 'Hi', logprob: -0.1, top_logprobs: [{ token: 'Hi', logprob: -0.1 }] },
      { token: '<end>', logprob: -2, top_logprobs: [] },
    ]);
  });

  test('is told as far as it makes sense', () => {
    expect(partLogprobs(['x', { token: 7 }])).toEqual([
      { token: '', logprob: 0, bytes: [], top_logprobs: [] },
      { token: '', logprob: 0, bytes: [], top_logprobs: [] },
    ]);
  });
});
