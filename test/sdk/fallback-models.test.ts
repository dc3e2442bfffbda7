import Anthropic from '@anthropic-ai/sdk';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';

/** Clients that list what to fall back on, each as its own documentation has it. `echo-error` always fails. */

const gateway = useProviders();
const prompt = 'say exactly: The weir is open.';
const said = 'The weir is open.';
const messages = [{ role: 'user' as const, content: prompt }];
const baseURL = (): string => new URL('/v1', gateway.stage().url).href;

/** Runs with a key of its own, and looks at what the provider got, and at the ledger. */
async function servedBySecond(ask: (apiKey: string) => Promise<void>): Promise<void> {
  const { fakes } = gateway.stage();
  const key = await gateway.key();
  const before = fakes.requests.length;
  await ask(key);
  const asked = fakes.requests.slice(before);
  for (const { body } of asked) expect(JSON.parse(body)).not.toHaveProperty('models');
  expect(await accountsOf(gateway.stage(), key, asked)).toEqual(exactly);
}

test('the OpenAI SDK falls back on the models in its extra body, whole and in a stream', async () => {
  await servedBySecond(async (apiKey) => {
    const client = new OpenAI({ baseURL: baseURL(), apiKey, maxRetries: 0 });
    const listed = { model: 'echo-error', models: ['gpt-5-mini', 'claude-sonnet-5-5'], route: 'fallback' };
    const asked = { ...listed, messages };
    const { data, response } = await client.chat.completions.create(asked).withResponse();
    expect(data.choices[0]?.message.content).toBe(said);
    expect(response.headers.get('x-gateway-model')).toBe('gpt-5-mini');
    expect(response.headers.get('x-gateway-dropped')).toBeNull();
    const ofClaude = { ...asked, models: ['claude-sonnet-5-5'] };
    const stream = await client.chat.completions.create({ ...ofClaude, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(said);
    expect((await client.responses.create({ ...listed, input: prompt })).output_text).toBe(said);
  });
});

test('the Anthropic SDK does so too', async () => {
  await servedBySecond(async (apiKey) => {
    const client = new Anthropic({ baseURL: gateway.stage().url.href, apiKey, maxRetries: 0 });
    const asked = { model: 'echo-error', models: ['claude-sonnet-5-5'], max_tokens: 300, messages };
    expect(await client.messages.create(asked)).toMatchObject({ content: [{ type: 'text', text: said }] });
  });
});

test('the AI SDK falls back on the models that OpenRouter’s package is given, whole and in a stream', async () => {
  await servedBySecond(async (apiKey) => {
    const openrouter = createOpenRouter({ baseURL: baseURL(), apiKey, compatibility: 'strict' });
    const model = openrouter('echo-error', { models: ['qwen3.7-max', 'gpt-5-mini'] });
    const asked = { model, prompt, maxOutputTokens: 300, maxRetries: 0 };
    expect((await generateText(asked)).text).toBe(said);
    expect(await streamText(asked).text).toBe(said);
  });
});
