import { labelOf } from '../answer-label.ts';
import { decodeFault } from '../chat/fault.ts';
import type { Protocol } from '../protocol.ts';
import { embeddingsParameters } from './parameters.ts';
import { measureEmbeddingsPrompt } from './prompt.ts';
import { type EmbeddingsCall, embeddingsCallIn, readEmbeddingsCall } from './request.ts';
import { decodeEmbeddingsUsage } from './usage.ts';

/** OpenAI's embeddings. Only input is charged, so the numbers that come out are not counted. */
export const embeddings: Protocol<EmbeddingsCall> = {
  path: '/embeddings',
  read: readEmbeddingsCall,
  callIn: embeddingsCallIn,
  measure: measureEmbeddingsPrompt,
  parameters: embeddingsParameters,
  capNames: [],
  conversation: undefined,
  schemaField: () => undefined,
  providerTools: () => [],
  isAnswer: ({ data }) => Array.isArray(data),
  faultIn: decodeFault,
  usageIn: decodeEmbeddingsUsage,
  labelOf: (answer) => labelOf(answer),
  count: () => undefined,
  searchesIn: () => undefined,
  reader: () => {
    throw new Error('embeddings are never streamed');
  },
};
