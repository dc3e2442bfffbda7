/**
 * A chat completion, whole and in chunks, as far as it can be put into other protocols: the common tongue of all
 * translations. Beyond what OpenAI itself has, it holds what several compatible servers have agreed on.
 */

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/**
 * Reasoning with all that a provider wants back the next time. Text stands in `text` (with its `signature`, where the
 * provider signs it), what the provider alone can read in `data`.
 */
export type ReasoningDetail =
  | {
      readonly type: 'reasoning.text';
      readonly text?: string;
      readonly signature?: string;
      readonly index?: number;
      readonly id?: string;
      readonly format?: string;
    }
  | {
      readonly type: 'reasoning.summary';
      readonly summary: string;
      readonly index?: number;
      readonly id?: string;
      readonly format?: string;
    }
  | {
      readonly type: 'reasoning.encrypted';
      readonly data: string;
      readonly index?: number;
      readonly id?: string;
      readonly format?: string;
    };

export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

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
  /** Reasoning as plain text. `reasoning_details`, where they are too, say the same and more. */
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

export interface ChatUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number;
    readonly cache_write_tokens?: number;
    readonly audio_tokens?: number;
  };
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number; readonly audio_tokens?: number };
  readonly cost_usd?: string;
}

export interface ChatChunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ChunkChoice[];
  readonly usage?: ChatUsage | null;
  readonly service_tier?: string;
}

export interface CompletionMessage {
  readonly role: 'assistant';
  readonly content: string | null;
  readonly refusal?: string | null;
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly ReasoningDetail[];
  readonly tool_calls?: readonly ToolCall[];
  readonly annotations?: readonly unknown[];
}

export interface CompletionChoice {
  readonly index: number;
  readonly message: CompletionMessage;
  readonly finish_reason: FinishReason;
  readonly stop_sequence?: string;
  readonly logprobs?: unknown;
}

export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly CompletionChoice[];
  readonly usage?: ChatUsage;
  readonly service_tier?: string;
}
