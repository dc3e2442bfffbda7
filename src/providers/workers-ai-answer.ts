import { embeddingBase64 } from '../protocols/embeddings/base64.ts';
import type { FinishReason } from '../protocols/chat/chunk.ts';
import { type JsonRecord, asCount, asList, asRecord, asText } from '../protocols/json/json-value.ts';

/** Puts the answers of Workers AI into OpenAI's form. Some of its models use that already. Pure. */

export interface WorkersAiAsked {
  readonly model: string;
  readonly id: string;
  /** In seconds since 1970. */
  readonly created: number;
  readonly cap: number | undefined;
}

/** Without what its API wraps around an answer. */
export function unwrapped(answer: JsonRecord): JsonRecord {
  return answer['success'] === true ? (asRecord(answer['result']) ?? answer) : answer;
}

/** The answer itself if it already has OpenAI's form. */
export function chatAnswer(answer: JsonRecord, asked: WorkersAiAsked): JsonRecord {
  if (answer['choices'] !== undefined) return answer;
  const { response, usage, finish_reason: reason } = answer;
  const calls = asList(answer['tool_calls']).flatMap((call, index) => wholeCall(call, index, asked.id));
  const message = { role: 'assistant', content: contentOf(response, calls), refusal: null } as const;
  const reported = asRecord(usage);
  return {
    id: asked.id,
    object: 'chat.completion',
    created: asked.created,
    model: asked.model,
    choices: [
      {
        index: 0,
        message: calls.length === 0 ? message : { ...message, tool_calls: calls },
        logprobs: null,
        finish_reason: finishOf(reason, calls.length > 0, reported, asked),
      },
    ],
    // The reader judges whether it makes sense.
    ...(reported === undefined ? {} : { usage: reported }),
  };
}

function contentOf(response: unknown, calls: readonly JsonRecord[]): string | null {
  if (typeof response === 'string') return response === '' && calls.length > 0 ? null : response;
  if (response === null || response === undefined) return calls.length > 0 ? null : '';
  // If it is asked for an object, it answers with the object and not with its text.
  return JSON.stringify(response);
}

const finishReasons: ReadonlySet<string> = new Set<FinishReason>(['stop', 'length', 'tool_calls', 'content_filter']);

/** Workers AI seldom says why an answer ended. */
export function finishOf(
  reason: unknown,
  hasCalls: boolean,
  usage: JsonRecord | undefined,
  { cap }: Pick<WorkersAiAsked, 'cap'>,
): FinishReason {
  // A set of strings does not tell the compiler which strings it holds.
  if (typeof reason === 'string' && finishReasons.has(reason)) return reason as FinishReason;
  if (hasCalls) return 'tool_calls';
  const outputTokens = asCount(usage?.['completion_tokens']);
  return cap !== undefined && outputTokens !== undefined && outputTokens >= cap ? 'length' : 'stop';
}

/** A call has its name and arguments at its top or in a function. The arguments are an object or its text. */
function wholeCall(call: unknown, index: number, id: string): JsonRecord[] {
  const parts = callParts(call);
  if (parts?.name === undefined) return [];
  return [
    {
      id: parts.id ?? `call_${id}_${index}`,
      type: 'function',
      function: { name: parts.name, arguments: parts.arguments ?? '{}' },
    },
  ];
}

interface CallParts {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly arguments: string | undefined;
}

export function callParts(call: unknown): CallParts | undefined {
  const record = asRecord(call);
  if (record === undefined) return undefined;
  const own = asRecord(record['function']) ?? record;
  const given = own['arguments'];
  return {
    index: asCount(record['index']),
    id: asText(record['id']),
    name: asText(own['name']),
    arguments:
      given === undefined || given === null || typeof given === 'string' ? asText(given) : JSON.stringify(given),
  };
}

/** The answer itself if it already has OpenAI's form. */
export function embeddingsAnswer(answer: JsonRecord, { model }: WorkersAiAsked, asBase64: boolean): JsonRecord {
  const vectors = asList(answer['data']);
  if (vectors.length === 0 || !vectors.every(Array.isArray)) return answer;
  return {
    object: 'list',
    data: vectors.map((vector: readonly number[], index) => ({
      object: 'embedding',
      index,
      embedding: asBase64 ? embeddingBase64(vector) : vector,
    })),
    model,
    ...(answer['usage'] === undefined ? {} : { usage: answer['usage'] }),
  };
}
