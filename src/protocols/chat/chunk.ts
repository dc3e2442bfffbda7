/**
 * The common tongue of all translations: a chunk of a chat completion, as far as other protocols have words for it. An
 * answer that came whole is one chunk, in which each choice is complete. Beyond what OpenAI itself has, a chunk holds
 * what several compatible servers agree on.
 */

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/**
 * Reasoning, with all that its provider wants back with the next request. Text stands in `text`, with its `signature`
 * where the provider signs it. What only the provider can read stands in `data`.
 */
export type ReasoningDetail = (
  | { readonly type: 'reasoning.text'; readonly text?: string; readonly signature?: string }
  | { readonly type: 'reasoning.summary'; readonly summary: string }
  | { readonly type: 'reasoning.encrypted'; readonly data: string }
) & { readonly index?: number; readonly id?: string; readonly format?: string };

export interface ToolCallDelta {
  readonly index: number;
  readonly id?: string;
  readonly type?: 'function';
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

export interface ChunkDelta {
  readonly role?: 'assistant';
  readonly content?: string;
  readonly refusal?: string;
  /** Reasoning as plain text. `reasoning_details`, where they are present, say the same and more. */
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly ReasoningDetail[];
  readonly tool_calls?: readonly ToolCallDelta[];
  readonly annotations?: readonly unknown[];
}

export interface ChunkChoice {
  readonly index: number;
  readonly delta: ChunkDelta;
  readonly finish_reason: FinishReason | null;
  /** The sequence that stopped it, where that is known. */
  readonly stop_sequence?: string;
  readonly logprobs?: unknown;
}

export interface ChatChunk {
  readonly choices: readonly ChunkChoice[];
  readonly service_tier?: string;
}
