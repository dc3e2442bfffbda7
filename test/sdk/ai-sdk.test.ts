import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  type LanguageModel,
  type ModelMessage,
  Output,
  embed,
  embedMany,
  generateText,
  isStepCount,
  jsonSchema,
  streamText,
  tool,
} from 'ai';
import { describe, expect, test } from 'vitest';
import { fakeNames } from '../support/fakes/fake.ts';
import {
  type AiSdkClient,
  type AiSdkName,
  aiSdkClients,
  embeddingsAsked,
  keepsToSchemas,
  modelsAsked,
} from './ai-sdk-clients.ts';
import { type Accounts, accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';

const gateway = useProviders();
const names: readonly AiSdkName[] = ['openai', 'openai.chat', 'openai-compatible', 'anthropic', 'openrouter'];
const prompt = 'say exactly: The weir is open.';
const maxOutputTokens = 300;

async function client(name: AiSdkName): Promise<AiSdkClient & { readonly key: string }> {
  const key = await gateway.key();
  return { ...aiSdkClients[name](new URL('/v1', gateway.stage().url).href, key), key };
}

/** Runs as a client with a key of its own, and then looks at the provider and at the ledger. */
async function accountsAfter(name: AiSdkName, run: (client: AiSdkClient) => Promise<void>): Promise<Accounts> {
  const { fakes } = gateway.stage();
  const { key, ...own } = await client(name);
  const before = fakes.requests.length;
  await run(own);
  return accountsOf(gateway.stage(), key, fakes.requests.slice(before));
}

const tools = {
  water_level: tool({
    description: 'The level behind a weir, in centimetres.',
    inputSchema: jsonSchema<{ weir: string }>({
      type: 'object',
      properties: { weir: { type: 'string' } },
      required: ['weir'],
      additionalProperties: false,
    }),
    execute: ({ weir }) => ({ weir, centimetres: 240 }),
  }),
  gate_state: tool({
    description: 'Whether the gate of a weir is open.',
    inputSchema: jsonSchema<{ gate: number }>({
      type: 'object',
      properties: { gate: { type: 'integer' } },
      required: ['gate'],
      additionalProperties: false,
    }),
    execute: ({ gate }) => `gate ${gate} is open`,
  }),
};

async function expectText(model: LanguageModel): Promise<void> {
  const { text, finishReason, usage } = await generateText({ model, prompt, maxOutputTokens, maxRetries: 0 });
  expect(text).toBe('The weir is open.');
  expect(finishReason).toBe('stop');
  expect(usage.inputTokens).toBeGreaterThan(0);
  expect(usage.outputTokens).toBeGreaterThan(0);
}

async function expectStream(model: LanguageModel): Promise<void> {
  const failures: unknown[] = [];
  const result = streamText({
    model,
    system: 'You watch a weir.',
    prompt,
    maxOutputTokens,
    maxRetries: 0,
    onError: ({ error }) => void failures.push(error),
  });
  const deltas: string[] = [];
  for await (const delta of result.textStream) deltas.push(delta);
  expect(failures).toEqual([]);
  expect(deltas.join('')).toBe('The weir is open.');
  expect(deltas.length).toBeGreaterThan(1);
  expect(await result.finishReason).toBe('stop');
  expect((await result.usage).outputTokens).toBeGreaterThan(0);
}

async function expectTools(model: LanguageModel): Promise<void> {
  const messages: ModelMessage[] = [];
  for (const question of ['use the tool water_level and use the tool gate_state', 'use the tool gate_state again']) {
    messages.push({ role: 'user', content: question });
    const result = streamText({ model, messages, tools, maxOutputTokens, maxRetries: 0, stopWhen: isStepCount(4) });
    const steps = await result.steps;
    expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
    const called = steps[0]?.toolCalls.map(({ toolName }) => toolName);
    expect(called).toEqual(question.match(/water_level|gate_state/g));
    expect(await result.text).toContain('The tool said:');
    expect(await result.text).toContain('is open');
    messages.push(...(await result.responseMessages));
  }
  const { text } = await generateText({ model, messages: [...messages, { role: 'user', content: prompt }], tools });
  expect(text).toBe('The weir is open.');
}

const output = Output.object({
  schema: jsonSchema<{ level: string; gates: number[] }>({
    type: 'object',
    properties: { level: { type: 'string' }, gates: { type: 'array', items: { type: 'integer' } } },
    required: ['level', 'gates'],
    additionalProperties: false,
  }),
});

async function expectObjects(model: LanguageModel): Promise<void> {
  const whole = await generateText({ model, prompt: 'How is it?', output, maxOutputTokens, maxRetries: 0 });
  expect(whole.output).toEqual({ level: 'text', gates: [1] });
  const streamed = streamText({ model, prompt: 'How is it?', output, maxOutputTokens, maxRetries: 0 });
  expect(await streamed.output).toEqual({ level: 'text', gates: [1] });
}

describe.each(names)('the AI SDK by %s', (name) => {
  test.each(fakeNames)('has text of %s, whole and in a stream', async (provider) => {
    const accounts = await accountsAfter(name, async ({ model }) => {
      await expectText(model(modelsAsked[provider]));
      await expectStream(model(modelsAsked[provider]));
    });
    expect(accounts).toEqual(exactly);
  });

  test.each(fakeNames)('has its tools used by %s, over several turns', async (provider) => {
    expect(await accountsAfter(name, ({ model }) => expectTools(model(modelsAsked[provider])))).toEqual(exactly);
  });

  // The package for Anthropic has a tool called instead where a model has no other way.
  test.each(fakeNames.filter((each) => name === 'anthropic' || keepsToSchemas(each)))(
    'has objects made by %s',
    async (provider) => {
      expect(await accountsAfter(name, ({ model }) => expectObjects(model(modelsAsked[provider])))).toEqual(exactly);
    },
  );

  test('is told of what a model cannot be held to', async () => {
    const { model } = await client(name);
    const call = generateText({ model: model('deepseek-flash'), prompt, output, maxRetries: 0 });
    if (name === 'anthropic') await expect(call).resolves.toHaveProperty('output');
    else await expect(call).rejects.toThrow(/can't be held to a JSON schema.* use a model that can be/);
  });
});

test('the AI SDK has objects made by models without schemas, where it is told that they have none', async () => {
  const { url } = gateway.stage();
  const baseURL = new URL('/v1', url).href;
  const weir = createOpenAICompatible({ name: 'weir', baseURL, apiKey: await gateway.key() });
  const schema = jsonSchema<{ ok: boolean }>({ type: 'object', properties: { ok: { type: 'boolean' } } });
  for (const provider of fakeNames.filter((each) => each !== 'anthropic' && !keepsToSchemas(each))) {
    const model = weir(modelsAsked[provider]);
    const made = await generateText({ model, prompt, output: Output.object({ schema }), maxRetries: 0 });
    expect(made.output).toEqual({ ok: true });
  }
});

describe.each(['openai', 'openai-compatible', 'openrouter'] as const)('the AI SDK by %s', (name) => {
  test.each(Object.entries(embeddingsAsked))('embeds by %s', async (_, model) => {
    const accounts = await accountsAfter(name, async ({ embedding }) => {
      if (embedding === undefined) throw new Error('it has no embeddings');
      const one = await embed({ model: embedding(model), value: 'a weir', maxRetries: 0 });
      expect(one.embedding.length).toBeGreaterThan(0);
      const many = await embedMany({ model: embedding(model), values: ['a weir', 'a dam', 'a weir'], maxRetries: 0 });
      expect(many.embeddings).toHaveLength(3);
      expect(many.embeddings[0]).toEqual(one.embedding);
      expect(many.embeddings[1]).not.toEqual(one.embedding);
      expect(many.usage.tokens).toBeGreaterThan(one.usage.tokens);
    });
    expect(accounts).toEqual(exactly);
  });
});
