import { readableText } from './readable-text.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import type { ChunkDelta, FinishReason, ReasoningDetail } from './chunk.ts';

/** Marks what only Gemini understands of a call, and wants back with it. OpenRouter's name for it. */
export const geminiFormat = 'google-gemini-v1';

/** Reads what servers that call themselves compatible put into a message, or into a delta of one. */
export function readParts(message: JsonRecord): ChunkDelta {
  const content = readContent(message['content']);
  const details = [
    ...asList(message['reasoning_details']).flatMap(readDetail),
    ...asList(message['tool_calls']).flatMap(callSignature),
  ];
  const reasoning =
    firstText(message['reasoning_content'], message['reasoning'], content.reasoning) ?? textOfDetails(details);
  const refusal = firstText(message['refusal'], content.refusal);
  const annotations = asList(message['annotations']);
  return {
    ...(content.text === '' ? {} : { content: content.text }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
    ...(annotations.length === 0 ? {} : { annotations }),
  };
}

interface ReadContent {
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
}

/** Mistral answers with a list of parts, with its reasoning among them. */
function readContent(content: unknown): ReadContent {
  if (typeof content === 'string') return { text: content, reasoning: '', refusal: '' };
  let text = '';
  let reasoning = '';
  let refusal = '';
  for (const value of asList(content)) {
    if (typeof value === 'string') text += value;
    const part = asRecord(value);
    text += asText(part?.['text']) ?? '';
    reasoning += readThinking(part?.['thinking']);
    refusal += asText(part?.['refusal']) ?? '';
  }
  return { text, reasoning, refusal };
}

function readThinking(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  return asList(thinking)
    .map((part) => asText(asRecord(part)?.['text']) ?? '')
    .join('');
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '');
}

/** Leaves out what is unknown or incomplete. Null is as good as absent. */
function readDetail(value: unknown): ReasoningDetail[] {
  const detail = asRecord(value);
  if (detail === undefined) return [];
  const { type, text, signature, summary, data, id, format, index } = detail;
  const rest = {
    ...(typeof index === 'number' ? { index } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof format === 'string' ? { format } : {}),
  };
  if (type === 'reasoning.text' && (typeof text === 'string' || typeof signature === 'string')) {
    const said = typeof text === 'string' ? { text } : {};
    return [{ type, ...said, ...(typeof signature === 'string' ? { signature } : {}), ...rest }];
  }
  if (type === 'reasoning.summary' && typeof summary === 'string') return [{ type, summary, ...rest }];
  if (type === 'reasoning.encrypted' && typeof data === 'string') return [{ type, data, ...rest }];
  return [];
}

/** Gemini signs its calls, and rejects the next request if a signature is missing. */
function callSignature(value: unknown): ReasoningDetail[] {
  const call = asRecord(value);
  const google = asRecord(asRecord(call?.['extra_content'])?.['google']);
  const data = asText(google?.['thought_signature']);
  const id = asText(call?.['id']);
  if (data === undefined || id === undefined) return [];
  return [{ type: 'reasoning.encrypted', data, id, format: geminiFormat }];
}

/** For clients that read reasoning as plain text only. */
function textOfDetails(details: readonly ReasoningDetail[]): string | undefined {
  const text = details.map(readableText).join('');
  return text === '' ? undefined : text;
}

/**
 * The finish reasons by the servers' names for them, in lower case. A failure cuts the answer short, and that is what a
 * client must know.
 */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ...['stop', 'end_turn', 'stop_sequence', 'eos', 'eos_token', 'end', 'complete', 'completed'].map(
    (name) => [name, 'stop'] as const,
  ),
  ...[
    'length',
    'max_tokens',
    'max_output_tokens',
    'model_length',
    'model_context_window_exceeded',
    'error',
    'network_error',
    'insufficient_system_resource',
    'abort',
  ].map((name) => [name, 'length'] as const),
  ...['tool_calls', 'tool_call', 'tool_use', 'function_call'].map((name) => [name, 'tool_calls'] as const),
  ...['content_filter', 'refusal', 'safety', 'sensitive', 'recitation', 'prohibited_content', 'blocklist'].map(
    (name) => [name, 'content_filter'] as const,
  ),
]);

/** Null where nothing is finished yet. */
export function readFinish(reason: unknown): FinishReason | null {
  if (typeof reason !== 'string' || reason === '') return null;
  return finishReasons.get(reason.toLowerCase()) ?? 'stop';
}

/** The sequence that stopped it, which vLLM and SGLang tell beside OpenAI's `stop`. */
export function readStopSequence({ stop_reason: vllm, matched_stop: sglang }: JsonRecord): string | undefined {
  const sequence = firstText(vllm, sglang);
  return sequence === undefined || finishReasons.has(sequence) ? undefined : sequence;
}
