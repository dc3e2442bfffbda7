import { expect, test } from 'vitest';
import { mistakenPath } from '../../../src/http/mistaken-path.ts';

const at = (path: string) => mistakenPath(new URL(`https://weir.example${path}`));

test.each([
  '/v1/v1/chat/completions',
  '//v1/chat/completions',
  '/openai/v1/embeddings',
  '/openai/chat/completions',
  '/api/v1/models',
  '/api/v1/models/gpt-5-mini',
  '/v1beta/openai/chat/completions',
  '/v1/responses/responses',
  '/v1/responses/chat/completions',
])('%s is the path of a base URL that is wrong', (path) => {
  expect(at(path)).toEqual({ protocol: 'openai', remedy: "Set the client's base URL to https://weir.example/v1." });
});

test.each([
  '/openai/deployments/gpt-5/chat/completions',
  '/openai/deployments/gpt-5/embeddings/',
  '/v1/engines/davinci/embeddings',
])('%s is told where the model is named', (path) => {
  expect(at(path)?.remedy).toContain(
    "base URL to https://weir.example/v1. The model is named in the body, as 'model'.",
  );
});

test.each(['/v1/v1/messages', '/anthropic/v1/messages/count_tokens', '/api/messages', '/v1/messages/v1/messages'])(
  "%s is one of Anthropic's, whose clients add the version themselves",
  (path) => {
    expect(at(path)).toEqual({
      protocol: 'anthropic',
      remedy:
        "Set the client's base URL to https://weir.example or, if it adds no /v1 itself, to https://weir.example/v1.",
    });
  },
);

test.each(['/v1/threads/thread_1/messages', '/v1/files', '/v1/completions', '/', '/blog/models', '/v1/audio/speech'])(
  '%s is no known mistake',
  (path) => {
    expect(at(path)).toBeUndefined();
  },
);
