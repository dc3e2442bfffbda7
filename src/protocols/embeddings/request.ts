import * as v from 'valibot';
import { embeddingInputsMax } from '../../limits.ts';
import { askedModel } from '../asked-models.ts';
import { type ReadObject, readObject, understand } from '../json/read-object.ts';
import { type ProtocolCallOf, endUserOf, protocolCallOf } from '../protocol-call.ts';
import { expected, optional } from '../request-fields.ts';

/** One text or several, or the tokens of one or several as the client's own tokenizer made them. */
type EmbeddingsInput = string | readonly string[] | readonly number[] | readonly (readonly number[])[];

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

const embeddingsRequestSchema = v.looseObject(
  {
    model: askedModel,
    input,
    dimensions: v.nullish(
      v.pipe(v.number(expected.number), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1')),
    ),
    encoding_format: v.nullish(v.picklist(['float', 'base64'], "must be 'float' or 'base64'")),
    user: optional.text,
    safety_identifier: optional.text,
  },
  // It is known to be an object: only the input can be missing.
  'is required, and must be a string or an array',
);

type EmbeddingsRequest = Readonly<v.InferOutput<typeof embeddingsRequestSchema>>;

export type EmbeddingsCall = ProtocolCallOf<'embeddings', EmbeddingsRequest>;

/** Reads a body of at most `bodyBytesMax`: its receiver checks the size. The body is forwarded as it was sent. */
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
