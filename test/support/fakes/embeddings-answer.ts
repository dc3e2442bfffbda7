import { embeddingBase64 } from '../../../src/protocols/embeddings/base64.ts';
import { asList } from '../../../src/protocols/json/json-value.ts';
import { echoVector } from '../../../src/providers/echo-embedding.ts';
import { countEchoTokens, echoTokens } from '../../../src/providers/echo-tokens.ts';
import type { Dialect } from './dialects.ts';
import { type FakeAnswer, type Json, answered, refuse } from './fake.ts';

/** OpenAI's embeddings, as several providers have them. */
const fields = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user', 'safety_identifier', 'metadata']);
const dimensionsUnlessSet = 8;

export function answerEmbeddings({ fields: known, usage: shape }: Dialect, body: Json): FakeAnswer {
  if (known !== 'any') {
    for (const field in body) if (!fields.has(field)) refuse(400, `Unknown parameter: '${field}'.`, { param: field });
  }
  const { model, input, dimensions = dimensionsUnlessSet, encoding_format: format } = body;
  if (typeof model !== 'string') refuse(400, 'you must provide a model parameter');
  const inputs = typeof input === 'string' ? [input] : asList(input);
  const flat = inputs.every((item) => typeof item === 'number') ? [inputs] : inputs;
  if (inputs.length === 0) refuse(400, "'$.input' is invalid.", { param: 'input' });
  const texts = flat.map((item) => (typeof item === 'string' ? [...echoTokens(item)] : asList(item).map(String)));
  const counts = flat.map((item) => (typeof item === 'string' ? countEchoTokens(item) : asList(item).length));
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const data = texts.map((text, index) => {
    const vector = echoVector(text, Number(dimensions));
    return { object: 'embedding', index, embedding: format === 'base64' ? embeddingBase64(vector) : [...vector] };
  });
  const usage = {
    prompt_tokens: tokens,
    total_tokens: tokens,
    ...(shape === 'openrouter' ? { cost: tokens / 1e6 } : {}),
  };
  const bill = { inputTokens: tokens, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  return answered({ object: 'list', data, model, usage }, bill);
}
