import type { BreakerConfig } from '../health/breaker-config.ts';
import type { Limit } from '../ledger/limit.ts';
import type { Price } from './price.ts';

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

export type Provider = OpenAiProvider | AnthropicProvider | WorkersAiProvider | EchoProvider;

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
}

export interface OpenAiProvider extends HttpProvider {
  readonly kind: 'openai';
  readonly quirks: Quirks;
}

export interface AnthropicProvider extends HttpProvider {
  readonly kind: 'anthropic';
}

export interface WorkersAiProvider extends ProviderBase {
  readonly kind: 'workers-ai';
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
}

export interface Model {
  readonly name: string;
  readonly aliases: readonly string[];
  /** In order of preference; at least one. */
  readonly targets: readonly Target[];
  /** Undefined if nobody has said what it costs, which is not the same as free. */
  readonly price: Price | undefined;
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  /** The cap on a call whose client set none. */
  readonly defaultOutputTokens: number;
  readonly input: readonly InputKind[];
  /** The most tokens that one image is counted as. Undefined if nobody has said: then an image may fill the context. */
  readonly imageTokens: number | undefined;
  readonly reasoning: boolean;
  readonly tools: boolean;
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
  /** The target's own price, or else its model's. */
  readonly price: Price | undefined;
}

export type Stage = 'plan' | 'code' | 'review';

export type Route =
  | { readonly strategy: 'fallback'; readonly models: readonly string[] }
  | { readonly strategy: 'complexity'; readonly simple: string; readonly medium: string; readonly complex: string }
  | {
      readonly strategy: 'stage';
      readonly plan: string;
      readonly code: string;
      readonly review: string;
      readonly default: Stage;
    }
  | { readonly strategy: 'cheapest'; readonly tier: string }
  | { readonly strategy: 'balance'; readonly by: 'latency' | 'throughput' | 'cost'; readonly models: readonly string[] }
  | {
      readonly strategy: 'split';
      readonly sticky: 'user' | 'key' | 'none';
      readonly arms: readonly { readonly model: string; readonly weight: number }[];
    };

export interface Plan {
  readonly limits: readonly Limit[];
}
