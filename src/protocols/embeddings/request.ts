import * as v from 'valibot';
import { embeddingInputsMax } from '../../limits.ts';
import { askedModel } from '../asked-models.ts';
import { type ReadObject, readObject, understand } from '../json/read-object.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';

/**
 * The body of an embeddings request. It is forwarded as it was sent. What is to be embedded is a text, several, or the
 * tokens of one or of several, as the client's own tokenizer made them.
 */

export type EmbeddingsInput = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

const input = v.pipe(
  v.custom<EmbeddingsInput>(
    isInput,
    'is required, and must be a string, an array of strings, an array of tokens, or an array of arrays of tokens',
  ),
  v.check((value) => value.length > 0, 'must not be empty'),
  v.check(
    (value) => typeof value === 'string' || typeof value[0] === 'number' || value.length <= embeddingInputsMax,
    `must hold at most ${embeddingInputsMax} inputs: send the others in another request`,
  ),
);

const optionalText = v.nullish(v.string('must be a string'));

const embeddingsRequestSchema = v.looseObject(
  {
    model: askedModel,
    input,
    dimensions: v.nullish(
      v.pipe(v.number('must be a number'), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1')),
    ),
    encoding_format: v.nullish(v.picklist(['float', 'base64'], "must be 'float' or 'base64'")),
    user: optionalText,
    safety_identifier: optionalText,
  },
  // That it is an object is known before: all that can be missing is the input.
  'is required, and must be a string or an array',
);

export type EmbeddingsRequest = Readonly<v.InferOutput<typeof embeddingsRequestSchema>>;

export type EmbeddingsCall = ProtocolCallOf<'embeddings', EmbeddingsRequest>;

/** Reads a body of at most `bodyBytesMax`, which whoever received it has seen to. */
export function readEmbeddingsCall(body: Uint8Array): EmbeddingsCall {
  return embeddingsCallIn(readObject(body));
}

export function embeddingsCallIn(read: ReadObject): EmbeddingsCall {
  const request = understand(embeddingsRequestSchema, read.value);
  return protocolCallOf('embeddings', read, request, { stream: false, endUser: endUserOf(request) });
}

function isInput(value: unknown): boolean {
  if (typeof value === 'string') return true;
  if (!Array.isArray(value)) return false;
  return value.every((item) => typeof item === 'string') || isTokens(value) || value.every(isTokens);
}

function isTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);
}
