import { embeddingBase64 } from '../protocols/embeddings/base64.ts';
import { asList, asRecord } from '../protocols/json/json-value.ts';
import { echoError } from './echo-request.ts';
import { countEchoTokens, echoTokens } from './echo-tokens.ts';

/**
 * Embeddings without a model. Each token points in a direction of its own, and a text points where its tokens do
 * together. So the same text always has the same vector, and texts that share words are near each other.
 */

const echoEmbeddingModel = 'echo-embedding';

const dimensionsDefault = 256;
const dimensionsMax = 4096;

/** @param body a body that `readEmbeddingsCall` has read, with the provider's name for the model */
export function embedAsEcho(body: Uint8Array): Response {
  const fields = asRecord(JSON.parse(new TextDecoder().decode(body))) ?? {};
  const { model, input, dimensions, encoding_format: format } = fields;
  if (model !== echoEmbeddingModel)
    return echoError({ status: 404, message: `The model '${String(model)}' embeds nothing.`, param: 'model' });
  const size = dimensions ?? dimensionsDefault;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1 || size > dimensionsMax) {
    return echoError({
      status: 400,
      message: `'dimensions' must be a whole number from 1 to ${dimensionsMax}.`,
      param: 'dimensions',
    });
  }
  const inputs = inputsOf(input);
  if (inputs.length === 0)
    return echoError({ status: 400, message: "'input' must hold something to embed.", param: 'input' });
  const tokens = inputs.reduce((sum, each) => sum + countTokens(each), 0);
  const embeddings = {
    object: 'list',
    data: inputs.map((each, index) => {
      const vector = echoVector(typeof each === 'string' ? echoTokens(each.toLowerCase()) : each.map(String), size);
      return { object: 'embedding', index, embedding: format === 'base64' ? embeddingBase64(vector) : [...vector] };
    }),
    model: echoEmbeddingModel,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return Response.json(embeddings, { headers: { 'x-request-id': `embd-${crypto.randomUUID()}` } });
}

/** A token moves its text by one along so many dimensions. */
const dimensionsPerToken = 8;
/** A text without tokens points somewhere, too: every vector has a length. */
const origin = 0.5;

/** Its length is one. It has single precision, so that it is the same in every encoding. */
export function echoVector(tokens: Iterable<string>, dimensions: number): Float32Array {
  const sum = new Float64Array(dimensions);
  sum[0] = origin;
  for (const token of tokens) {
    let state = hashOf(token.trim());
    for (let step = 0; step < dimensionsPerToken; step += 1) {
      state = scramble(state);
      const at = (state >>> 1) % dimensions;
      sum[at] = (sum[at] ?? 0) + ((state & 1) === 0 ? 1 : -1);
    }
  }
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
  // In one dimension, or by a rare chance, everything may cancel out.
  if (length === 0) sum[0] = 1;
  return Float32Array.from(sum, (value) => value / (length === 0 ? 1 : length));
}

/** FNV-1a, over the characters. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

/** The next number of 32 bits in a sequence without a visible pattern. */
function scramble(state: number): number {
  let mixed = (state + 0x9e3779b9) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0;
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

type EchoInput = string | readonly number[];

function inputsOf(input: unknown): readonly EchoInput[] {
  if (typeof input === 'string') return [input];
  const items = asList(input);
  if (items.length > 0 && items.every((item) => typeof item === 'number')) return [items];
  return items.map((item) =>
    typeof item === 'string' ? item : asList(item).filter((token) => typeof token === 'number'),
  );
}

function countTokens(input: EchoInput): number {
  return typeof input === 'string' ? countEchoTokens(input) : input.length;
}
