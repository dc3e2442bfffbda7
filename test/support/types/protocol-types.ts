import type { ModelInfo, ModelInfosPage } from '@anthropic-ai/sdk/resources/models';
import type { MessageCreateParamsBase as BetaMessageCreateParams } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { ErrorObject as AnthropicErrorObject, ErrorResponse } from '@anthropic-ai/sdk/resources/shared';
import type {
  CacheCreation,
  Message,
  MessageCreateParamsBase,
  RawContentBlockStartEvent,
  RawMessageDeltaEvent,
  RawMessageStreamEvent,
  TextBlock,
} from '@anthropic-ai/sdk/resources/messages/messages';
import type {
  ChatCompletion,
  ChatCompletionAssistantMessageParam,
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionContentPartRefusal,
  ChatCompletionContentPartText,
  ChatCompletionCreateParamsBase,
  ChatCompletionDeveloperMessageParam,
  ChatCompletionFunctionMessageParam,
  ChatCompletionMessage,
  ChatCompletionMessageToolCall,
  ChatCompletionSystemMessageParam,
  ChatCompletionTool,
  ChatCompletionToolMessageParam,
  ChatCompletionUserMessageParam,
} from 'openai/resources/chat/completions/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from 'openai/resources/embeddings';
import type { Model } from 'openai/resources/models';
import type {
  Response,
  ResponseCompletedEvent,
  ResponseCreateParamsBase,
  ResponseCreatedEvent,
  ResponseCustomToolCall,
  ResponseError,
  ResponseFailedEvent,
  ResponseFunctionCallArgumentsDoneEvent,
  ResponseIncompleteEvent,
  ResponseInProgressEvent,
  ResponseOutputItem,
  ResponseOutputItemAddedEvent,
  ResponseOutputItemDoneEvent,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { ErrorObject } from 'openai/resources/shared';
import type { routerFields, samplingFields } from '../../../src/catalog/sampling-fields.ts';
import type { ReasoningDetail } from '../../../src/protocols/chat/chunk.ts';

/**
 * What is said in each protocol: the types of the official clients, and beside them, each with its reason, all that
 * Weir, its clients or its providers say that those do not have.
 */

// What chat completions have at some servers only. `Extension` names those that a party knows, as a catalog does.

interface Mark {
  cache_control?: { type: 'ephemeral'; ttl?: '5m' | '1h' } | null;
}
interface Signature {
  extra_content?: { google: { thought_signature: string } };
}
interface Reasoning {
  effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh';
  max_tokens?: number;
  enabled?: boolean;
  exclude?: boolean;
}
type Sampling = { [Name in (typeof samplingFields)[number]]?: number | boolean } & {
  chat_template_kwargs?: Record<string, unknown>;
};
type Routing = { [Name in (typeof routerFields)[number]]?: unknown };

type Where<Name, Extension, Fields> = Name extends Extension ? Fields : unknown;
type Each<Union, Fields> = Union extends unknown ? Union & Fields : never;
type Marked<Union, Extension> = 'cache_control' extends Extension ? Each<Union, Mark> : Union;

type Saying<Params, Part, Extension> = Omit<Params, 'content'> & { content: string | Marked<Part, Extension>[] };
type AssistantSaying<Extension> = Omit<ChatCompletionAssistantMessageParam, 'content' | 'tool_calls'> & {
  content?: string | Marked<ChatCompletionContentPartText | ChatCompletionContentPartRefusal, Extension>[] | null;
  tool_calls?: Each<ChatCompletionMessageToolCall, Where<'thought_signature', Extension, Signature>>[];
} & Where<'reasoning_content', Extension, { reasoning_content?: string }> &
  Where<'reasoning_details', Extension, { reasoning_details?: ReasoningDetail[] }>;
type ToolSaying<Extension> = Saying<ChatCompletionToolMessageParam, ChatCompletionContentPartText, Extension> &
  Where<'tool_names', Extension, { name?: string }>;

type ChatMessage<Extension> =
  | ('developer' extends Extension
      ? Saying<ChatCompletionDeveloperMessageParam, ChatCompletionContentPartText, Extension>
      : never)
  | Saying<ChatCompletionSystemMessageParam, ChatCompletionContentPartText, Extension>
  | Saying<ChatCompletionUserMessageParam, ChatCompletionContentPart, Extension>
  | AssistantSaying<Extension>
  | ToolSaying<Extension>
  | ChatCompletionFunctionMessageParam;

/** How a server is told to reason: the names are those of a catalog's `quirks.reasoning`. */
type Told<Style> = Style extends 'object'
  ? { reasoning?: Reasoning }
  : Style extends 'switch' | 'switch-and-effort'
    ? { thinking?: { type: 'enabled' | 'disabled' } }
    : unknown;

/** A request of chat completions to a server that knows these extensions, and is not sent what it drops. */
export type ChatSent<Extension, Style, Dropped extends string, Added = unknown> = Omit<
  ChatCompletionCreateParamsBase & Sampling & Where<'routing', Extension, Routing>,
  'messages' | 'tools' | Dropped
> & { messages: ChatMessage<Extension>[]; tools?: Marked<ChatCompletionTool, Extension>[] } & Told<Style> &
  Added;

/** Clients send all that one server or another knows. */
export type ChatAsked = ChatSent<ExtensionOfSomeone, 'object', never>;
type ExtensionOfSomeone =
  | 'cache_control'
  | 'reasoning_content'
  | 'reasoning_details'
  | 'thought_signature'
  | 'tool_names'
  | 'developer'
  | 'routing';

/** The newest models take none of it, and so the newest clients have no names for it. */
interface MessagesSampling {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}
export type MessagesAsked = Omit<BetaMessageCreateParams, 'betas'> & MessagesSampling;
export type MessagesSent = MessageCreateParamsBase & MessagesSampling;

export type ResponsesAsked = ResponseCreateParamsBase;
export type EmbeddingsAsked = EmbeddingCreateParams;

// What servers answer.

interface Thought {
  reasoning_content?: string;
  reasoning_details?: ReasoningDetail[];
}
/** As each server has it. */
interface ThoughtSomehow extends Thought {
  reasoning?: string;
}
type Answered<Choice, Part extends keyof Choice, More> = Omit<Choice, Part | 'finish_reason'> & {
  [Name in Part]: Choice[Part] & More;
} & { finish_reason: string | null; stop_reason?: string };

export type ChatAnswer = Omit<ChatCompletion, 'choices' | 'service_tier'> & {
  choices: Answered<ChatCompletion.Choice, 'message', ThoughtSomehow>[];
  service_tier?: string;
};
export type ChatAnswerChunk = Omit<ChatCompletionChunk, 'choices' | 'service_tier'> & {
  choices: Answered<ChatCompletionChunk.Choice, 'delta', ThoughtSomehow>[];
  service_tier?: string;
};
export type MessageAnswer = Message;
/** Of what a response is made, piece by piece. */
export type ResponsePiece = Exclude<ResponseStreamEvent, { response: Response }>;

// What clients are told.

/** What was quoted of a page, as OpenRouter tells it. */
interface Quoted {
  url_citation: ChatCompletionMessage.Annotation['url_citation'] & { content?: string };
}
type Source = Omit<ChatCompletionMessage.Annotation, 'url_citation'> & Quoted;
type MessageToldInChat = Omit<ChatCompletionMessage, 'annotations'> & { annotations?: Source[] } & Thought;
/** OpenAI streams sources so too, whatever its types say. */
type DeltaToldInChat = ChatCompletionChunk.Choice.Delta & { annotations?: Source[] } & Thought;

export type ChatTold = Omit<ChatCompletion, 'choices'> & {
  choices: (Omit<ChatCompletion.Choice, 'message'> & { message: MessageToldInChat })[];
};
export type ChatToldChunk = Omit<ChatCompletionChunk, 'choices' | 'usage'> & {
  choices: (Omit<ChatCompletionChunk.Choice, 'delta'> & { delta: DeltaToldInChat })[];
  /** What the call cost, for a client that asked for the usage. */
  usage?: (CompletionUsage & { cost_usd?: string }) | null;
};

/** Anthropic itself leaves out the sources of a text that has none, and some clients refuse null there. */
type Text = Omit<TextBlock, 'citations'>;
export type MessageTold = Omit<Message, 'content'> & {
  content: (Exclude<Message['content'][number], TextBlock> | Text)[];
};
export type MessageToldEvent =
  | Exclude<RawMessageStreamEvent, RawContentBlockStartEvent | RawMessageDeltaEvent>
  | (Omit<RawContentBlockStartEvent, 'content_block'> & {
      content_block: Exclude<RawContentBlockStartEvent['content_block'], TextBlock> | Text;
    })
  // Nobody knows at the beginning, where Anthropic tells it, for how long what is written to a cache is kept.
  | (RawMessageDeltaEvent & { usage: { cache_creation?: CacheCreation } });

/** OpenAI itself says how far such a call has come, whatever its types say. */
type Item = ResponseOutputItem | (ResponseCustomToolCall & { status: 'in_progress' | 'completed' | 'incomplete' });

/** OpenAI itself answers with all of these, whatever its types say. */
type WholeResponse = Omit<Response, 'output_text' | 'output' | 'usage' | 'user'> & {
  output: Item[];
  store: boolean;
  usage: Response['usage'] | null;
  user: string | null;
};
/** Coding agents act on more codes than the types have. An error tells what Weir's errors tell everywhere. */
type FailedResponse = Omit<WholeResponse, 'error'> & {
  error: Omit<ResponseError, 'code'> & { code: string } & About;
};
type Of<Event, Kind = WholeResponse> = Omit<Event, 'response'> & { response: Kind };

export type ResponseTold = WholeResponse;
export type ResponseToldEvent =
  | Exclude<
      ResponseStreamEvent,
      | ResponseCreatedEvent
      | ResponseInProgressEvent
      | ResponseCompletedEvent
      | ResponseIncompleteEvent
      | ResponseFailedEvent
      | ResponseOutputItemAddedEvent
      | ResponseOutputItemDoneEvent
      | ResponseFunctionCallArgumentsDoneEvent
    >
  | (Omit<ResponseOutputItemAddedEvent | ResponseOutputItemDoneEvent, 'item' | 'type'> & {
      type: (ResponseOutputItemAddedEvent | ResponseOutputItemDoneEvent)['type'];
      item: Item;
    })
  | Of<ResponseCreatedEvent>
  | Of<ResponseInProgressEvent>
  | Of<ResponseCompletedEvent>
  | Of<ResponseIncompleteEvent>
  | Of<ResponseFailedEvent, FailedResponse>
  // OpenAI's published description has the name.
  | (ResponseFunctionCallArgumentsDoneEvent & { name: string });

/** Embeddings in base64 the client itself makes numbers of. */
export type EmbeddingsTold = Omit<CreateEmbeddingResponse, 'data'> & {
  data: (Omit<CreateEmbeddingResponse['data'][number], 'embedding'> & { embedding: number[] | string })[];
};
export interface ModelsTold {
  object: 'list';
  data: Model[];
}
export type AnthropicModelsTold = Pick<ModelInfosPage, 'data' | 'has_more' | 'first_id' | 'last_id'>;
export type AnthropicModelTold = ModelInfo;

/** What Weir's errors tell everywhere. */
interface About {
  request_id: string;
  limit?: object;
}
export interface ChatError {
  error: ErrorObject & About;
}
export type MessageError = Omit<ErrorResponse, 'error'> & {
  error: AnthropicErrorObject & {
    details: { error_code: string; param?: string; unsupported?: string[]; limit?: object };
  };
};
