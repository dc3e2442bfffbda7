import type { BreakerConfig } from '../core/breaker/breaker-config.ts';
import type { Endpoint, Limit } from '../core/ledger/limit.ts';
import type { DatedPrices } from './dated-prices.ts';

/** The catalog as the gateway uses it: parsed, checked, and with every default filled in. Never changed once made. */
export interface Catalog {
  /** Only grows. 0 is the bundled default. */
  readonly version: number;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly models: ReadonlyMap<string, Model>;
  /** From an alias to the name of its model. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly plans: ReadonlyMap<string, Plan>;
  /** Everything goes to this provider, if one is named. */
  readonly emergency: string | undefined;
}

export type Provider =
  | OpenAiProvider
  | AnthropicProvider
  | WorkersAiProvider
  | CloudflareGatewayProvider
  | EchoProvider;

interface ProviderBase {
  readonly name: string;
  /** Whether the catalog lets it be used; whether it can be also depends on its secrets: `providerIsOn`. */
  readonly enabled: boolean;
  /** Whether it charges for a call that it answered with 500, 502 or 504. Where nobody knows, it does. */
  readonly billsFailures: boolean;
  /** Fields of a request that are known not to change its price at this provider, beside those known everywhere. */
  readonly neutralParams: readonly string[];
  readonly breaker: BreakerConfig;
}

interface HttpProvider extends ProviderBase {
  /** At least one. */
  readonly endpoints: readonly ProviderEndpoint[];
  readonly headers: Readonly<Record<string, string>>;
  /** How it is found out whether an endpoint that failed is well again, without a client's call. */
  readonly healthCheck: HealthCheck | undefined;
}

export interface HealthCheck {
  /** From the base URL on: a GET that costs nothing, such as `/models`. */
  readonly path: string;
  readonly everyMs: number;
}

export interface OpenAiProvider extends HttpProvider {
  readonly kind: 'openai';
  /** In which of OpenAI's protocols it can be asked. */
  readonly protocols: readonly OpenAiProtocol[];
  readonly quirks: Quirks;
  /** Where, below the base URL, it tells what a call cost that ended before it said so; undefined where nowhere. */
  readonly generationPath: string | undefined;
}

export type OpenAiProtocol = Exclude<Endpoint, 'messages'>;

export interface AnthropicProvider extends HttpProvider {
  readonly kind: 'anthropic';
}

/** By the `AI` binding where there is one, else by its REST API. */
export interface WorkersAiProvider extends ProviderBase {
  readonly kind: 'workers-ai';
}

/** Cloudflare's own gateway, for a company that wants its calls seen there too. Account and gateway are variables. */
export interface CloudflareGatewayProvider extends ProviderBase {
  readonly kind: 'cloudflare-ai-gateway';
  /** The variable with the credential of the provider behind it; undefined where the gateway has it stored. */
  readonly secret: string | undefined;
  readonly quirks: Quirks;
}

export interface EchoProvider extends ProviderBase {
  readonly kind: 'echo';
}

export interface ProviderEndpoint {
  /** Unique in its provider: what its breaker is called. `default` where the provider has only one. */
  readonly name: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** The name of the variable that holds the credential; undefined for a server that wants none. */
  readonly secret: string | undefined;
  readonly weight: number;
}

/** How a server that speaks OpenAI's protocol differs from OpenAI's own. */
export interface Quirks {
  /** The field that caps its output. */
  readonly outputCap: 'max_tokens' | 'max_completion_tokens';
  /** Whether it understands `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  /** The least output cap that it accepts. */
  readonly minOutput: number;
  /** Fields that it knows by another name. */
  readonly rename: Readonly<Record<string, string>>;
  /** Fields that it refuses, and that only advise how an answer is to be made. They are not sent. */
  readonly drop: readonly string[];
  /** Whether it knows messages of a developer. Else they are sent as the system's. */
  readonly developerRole: boolean;
  /** What it makes of the name of a tool beside its result, which clients may leave out. */
  readonly toolNames: 'optional' | 'needed' | 'refused';
  /** What it understands beyond OpenAI's own messages, and is sent where a request is translated. */
  readonly extensions: readonly ChatExtension[];
  /** How it is told how much to reason. */
  readonly reasoning: ReasoningStyle;
}

export type ChatExtension =
  | 'cache_control'
  | 'reasoning_details'
  | 'reasoning_content'
  /** Gemini's signatures of calls, in their `extra_content`. */
  | 'thought_signature'
  /** A web address as the `file_data` of a file. */
  | 'file_url'
  /** OpenRouter's fields about how it is to serve a call. */
  | 'routing'
  /** In Responses, a cap on how often it runs tools of its own, which it keeps to. */
  | 'max_tool_calls';

export type ReasoningStyle =
  /** OpenAI's `reasoning_effort`. */
  | 'effort'
  /** OpenRouter's `reasoning: {effort, max_tokens}`. */
  | 'object'
  /** `thinking: {type: enabled | disabled}`. */
  | 'switch'
  /** The same, with `reasoning_effort` of low, high or max beside it: DeepSeek. */
  | 'switch-and-effort'
  /** `reasoning_effort` of low, high or max, where not every model can be told not to reason at all: Z.ai. */
  | 'steps'
  | 'none';

export interface Model {
  readonly name: string;
  readonly aliases: readonly string[];
  /** In order of preference; at least one. */
  readonly targets: readonly Target[];
  /** Undefined if nobody has said what it costs, which is not the same as free. */
  readonly price: DatedPrices | undefined;
  /** The moment from which its makers serve it no more; undefined if none was named. */
  readonly retiresAtMs: number | undefined;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  /** The cap on a call whose client set none. */
  readonly defaultOutputTokens: number;
  /** The most output that one answer can make in a second. */
  readonly outputTokensPerSecondMax: number;
  readonly input: readonly InputKind[];
  /** The most tokens that one image is counted as. Undefined if nobody has said: then an image may fill the context. */
  readonly imageTokens: number | undefined;
  /** The most that one search of the web, or one page, puts in. Undefined if nobody has said: then a whole context. */
  readonly searchTokens: number | undefined;
  readonly reasoning: boolean;
  /** How Claude models are told to think: with a budget of tokens, or as they see fit, by effort. */
  readonly thinking: 'budget' | 'adaptive' | undefined;
  readonly tools: boolean;
  /** Whether it can be held to a JSON schema. */
  readonly structuredOutput: boolean;
  /** The endpoints whose calls it can serve: those of generation, or embeddings. */
  readonly endpoints: readonly Endpoint[];
  readonly tokenizer: string | undefined;
  readonly tier: string | undefined;
  /** Fields for the provider, added where the client sent none of that name. */
  readonly params: Readonly<Record<string, unknown>>;
}

export type InputKind = 'text' | 'image' | 'audio' | 'file' | 'video';

export interface Target {
  readonly provider: string;
  /** The provider's own name for the model. */
  readonly model: string;
  /** Whether it stops generating, and billing, when a call is cancelled. Where nobody knows, it doesn't. */
  readonly cancels: boolean;
  /** In which protocols it can be asked, where not in all that its provider has. */
  readonly protocols: readonly Endpoint[] | undefined;
  /** Whether its price is sent along as the most that may be charged: OpenRouter then keeps to it. */
  readonly capsPrice: boolean;
  /** The target's own price, or else its model's. */
  readonly price: DatedPrices | undefined;
}

export type Stage = 'plan' | 'code' | 'review';

export type Route =
  | {
      readonly strategy: 'fallback';
      readonly models: readonly string[];
      /** Also go on when the account's own limit has no room for a model, where it has for another. */
      readonly onLimit: boolean;
    }
  | { readonly strategy: 'complexity'; readonly simple: string; readonly medium: string; readonly complex: string }
  | {
      readonly strategy: 'stage';
      readonly plan: string;
      readonly code: string;
      readonly review: string;
      readonly default: Stage;
    }
  | { readonly strategy: 'cheapest'; readonly tier: string }
  | { readonly strategy: 'balance'; readonly by: 'latency' | 'weight'; readonly arms: readonly Arm[] }
  | {
      readonly strategy: 'split';
      readonly sticky: 'user' | 'key' | 'none';
      readonly arms: readonly Arm[];
    };

export interface Arm {
  readonly model: string;
  readonly weight: number;
}

export interface Plan {
  readonly limits: readonly Limit[];
}
