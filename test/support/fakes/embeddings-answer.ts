import type { Dialect } from './dialects.ts';
import { type FakeAnswer, type FakeScript, answered, refuse } from './fake.ts';
import { type Json, asList } from './json.ts';
import { measuredTokens } from './tokens.ts';

/** OpenAI's embeddings, as several providers have them. */
const fields = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user', 'safety_identifier', 'metadata']);
const dimensionsUnlessSet = 8;
/** Models put a mark at the beginning of a text and one at its end. */
const marks = 2;

export function answerEmbeddings(dialect: Dialect, body: Json, { bytesPerToken }: FakeScript): FakeAnswer {
  if (dialect.fields !== 'any') {
    for (const field in body) if (!fields.has(field)) refuse(400, `Unknown parameter: '${field}'.`, { param: field });
  }
  const { model, input, dimensions = dimensionsUnlessSet, encoding_format: format } = body;
  if (typeof model !== 'string') refuse(400, 'you must provide a model parameter');
  const given = typeof input === 'string' ? [input] : asList(input);
  if (given.length === 0) refuse(400, "'$.input' is invalid.", { param: 'input' });
  const inputs = given.every((item) => typeof item === 'number') ? [given] : given;
  const tokens = inputs.reduce<number>(
    (sum, item) => sum + (typeof item === 'string' ? marks + measuredTokens(item, bytesPerToken) : asList(item).length),
    0,
  );
  const data = inputs.map((item, index) => {
    const vector = vectorOf(JSON.stringify(item), Number(dimensions));
    return { object: 'embedding', index, embedding: format === 'base64' ? base64(vector) : [...vector] };
  });
  const usage = {
    prompt_tokens: tokens,
    total_tokens: tokens,
    ...(dialect.usage === 'openrouter' ? { cost: tokens / 1e6 } : {}),
  };
  const bill = { inputTokens: tokens, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };
  return answered({ object: 'list', data, model, usage }, bill);
}

/** The same for the same text, and another for another. */
function vectorOf(text: string, dimensions: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: dimensions }, () => {
    for (const character of text) state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** As OpenAI writes a vector: the little-endian bytes of its single-precision numbers. */
function base64(vector: Float32Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(vector.buffer)));
}
