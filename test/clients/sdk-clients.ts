/** Clients that are libraries of this repository, which the tests in `test/sdk` run. */
export interface SdkClient {
  readonly title: string;
  /** In the `devDependencies`. */
  readonly package: string;
  readonly baseUrl: string;
  readonly key: string;
  readonly needs: readonly string[];
  /** Files of `test/sdk`. */
  readonly tests: readonly string[];
}

export const sdkClients: readonly SdkClient[] = [
  {
    title: 'OpenAI SDK',
    package: 'openai',
    baseUrl: '`$URL/v1`',
    key: '`apiKey`',
    needs: [],
    tests: ['chat', 'errors', 'responses-agent', 'responses-state'],
  },
  {
    title: 'Anthropic SDK',
    package: '@anthropic-ai/sdk',
    baseUrl: '`$URL`, without `/v1`',
    key: '`apiKey` or `authToken`, not both',
    needs: [],
    tests: ['anthropic-sdk', 'anthropic-errors', 'agent'],
  },
  {
    title: 'AI SDK, OpenAI',
    package: '@ai-sdk/openai',
    baseUrl: '`$URL/v1`',
    key: '`apiKey`',
    needs: [],
    tests: ['ai-sdk'],
  },
  {
    title: 'AI SDK, OpenAI-compatible',
    package: '@ai-sdk/openai-compatible',
    baseUrl: '`$URL/v1`',
    key: '`apiKey`',
    needs: ['`includeUsage`', '`supportsStructuredOutputs` for models that have them'],
    tests: ['ai-sdk'],
  },
  {
    title: 'AI SDK, Anthropic',
    package: '@ai-sdk/anthropic',
    baseUrl: '`$URL/v1`',
    key: '`apiKey`',
    needs: ["`maxOutputTokens`, for models whose names it doesn't know"],
    tests: ['ai-sdk'],
  },
  {
    title: 'AI SDK, OpenRouter',
    package: '@openrouter/ai-sdk-provider',
    baseUrl: '`$URL/v1`',
    key: '`apiKey`',
    needs: ["`compatibility: 'strict'`"],
    tests: ['ai-sdk'],
  },
];
