import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import type { EmbeddingModel, LanguageModel } from 'ai';
import { bundledCatalog } from '../../src/catalog/bundled.ts';
import type { FakeName } from '../support/fakes/fake.ts';

/** Every package of the AI SDK that Weir is tried with, set up as docs/clients.md says. */

export interface AiSdkClient {
  readonly model: (name: string) => LanguageModel;
  /** Undefined where the package has none. */
  readonly embedding?: (name: string) => EmbeddingModel;
}

export type AiSdkName = 'openai' | 'openai.chat' | 'openai-compatible' | 'anthropic' | 'openrouter';

/** `baseURL` is that of the gateway, with its `/v1`. */
export const aiSdkClients: Readonly<Record<AiSdkName, (baseURL: string, apiKey: string) => AiSdkClient>> = {
  openai: (baseURL, apiKey) => {
    const openai = createOpenAI({ baseURL, apiKey });
    return {
      model: (name) => openai(name),
      embedding: (name) => openai.embedding(name),
    };
  },
  'openai.chat': (baseURL, apiKey) => {
    const openai = createOpenAI({ baseURL, apiKey });
    return { model: (name) => openai.chat(name) };
  },
  'openai-compatible': (baseURL, apiKey) => {
    const weir = createOpenAICompatible({
      name: 'weir',
      baseURL,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    });
    return { model: (name) => weir(name), embedding: (name) => weir.embeddingModel(name) };
  },
  anthropic: (baseURL, apiKey) => {
    const anthropic = createAnthropic({ baseURL, apiKey });
    return { model: (name) => anthropic(name) };
  },
  openrouter: (baseURL, apiKey) => {
    const openrouter = createOpenRouter({ baseURL, apiKey, compatibility: 'strict' });
    return { model: (name) => openrouter(name), embedding: (name) => openrouter.textEmbeddingModel(name) };
  },
};

/** What is asked of each provider, by the names that the catalog has. */
export const modelsAsked: Readonly<Record<FakeName, string>> = {
  openai: 'gpt-5-mini',
  anthropic: 'claude-sonnet-5-5',
  openrouter: 'qwen3.7-max',
  zai: 'glm-5.3',
  google: 'gemini-3.8-flash',
  groq: 'gpt-oss-20b',
  deepseek: 'deepseek-flash',
  mistral: 'mistral-medium-latest',
  xai: 'grok-4.7',
  'workers-ai': 'cf-glm-5.3',
  'cloudflare-ai-gateway': 'cloudflare-ai-gateway/anthropic/claude-sonnet-5-5',
};

/** Of the providers that embed. */
export const embeddingsAsked: Readonly<Partial<Record<FakeName, string>>> = {
  openai: 'text-embedding-3-small',
  openrouter: 'openrouter/openai/text-embedding-3-small',
  google: 'gemini-embedding-001',
  mistral: 'mistral-embed',
  'workers-ai': 'cf-bge-m3',
};

/** Whether the catalog knows the model to keep to a JSON schema. */
export function keepsToSchemas(provider: FakeName): boolean {
  const name = modelsAsked[provider];
  return bundledCatalog().models.get(name)?.structuredOutput ?? provider === 'cloudflare-ai-gateway';
}
