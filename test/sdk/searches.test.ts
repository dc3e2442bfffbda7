import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText } from 'ai';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { asRecord, parseJson } from '../../src/protocols/json/json-value.ts';
import { modelsAsked } from './ai-sdk-clients.ts';
import { accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';

/** Clients that offer a search of the web which their provider runs, with a key whose money is limited. */

const gateway = useProviders();
const prompt = 'say exactly: The weir is open.';
const said = 'The weir is open.';
const baseURL = (): string => new URL('/v1', gateway.stage().url).href;

/** Runs with a key of its own. Answers what its provider got. */
async function asked(usd: string, ask: (apiKey: string) => Promise<void>): Promise<readonly unknown[]> {
  const { fakes } = gateway.stage();
  const key = await gateway.key([{ metric: 'usd', per: 'total', max: usd }]);
  const before = fakes.requests.length;
  await ask(key);
  const exchanges = fakes.requests.slice(before);
  expect(await accountsOf(gateway.stage(), key, exchanges)).toEqual(exactly);
  return exchanges.map(({ body }) => asRecord(parseJson(body)));
}

const search = { type: 'web_search' } as const;
const claudeSearch = { type: 'web_search_20250305', name: 'web_search', max_uses: 5 } as const;
const maxOutput = 300;

test('the OpenAI SDK has its search at OpenAI, with a maximum, and does without where none would fit', async () => {
  const once = async (apiKey: string): Promise<string | null> => {
    const client = new OpenAI({ baseURL: baseURL(), apiKey, maxRetries: 0 });
    const fields = { model: modelsAsked.openai, input: prompt, tools: [search], max_output_tokens: maxOutput };
    const { data, response } = await client.responses.create(fields).withResponse();
    expect(data.output_text).toBe(said);
    return response.headers.get('x-gateway-dropped');
  };
  const plenty = await asked('100', async (apiKey) => expect(await once(apiKey)).toBeNull());
  expect(plenty).toEqual([expect.objectContaining({ tools: [search], max_tool_calls: 10 })]);
  const little = await asked('0.1', async (apiKey) => expect(await once(apiKey)).toBe('tools.web_search'));
  expect(little).toEqual([expect.not.objectContaining({ tools: expect.anything() })]);
});

test('the Anthropic SDK has its search at Anthropic, and does without where it would not fit', async () => {
  const once = async (apiKey: string): Promise<string | null> => {
    const client = new Anthropic({ baseURL: gateway.stage().url.href, apiKey, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: prompt }];
    const fields = { model: modelsAsked.anthropic, max_tokens: maxOutput, messages, tools: [claudeSearch] };
    const { data, response } = await client.messages.create(fields).withResponse();
    expect(data.content).toMatchObject([{ type: 'text', text: said }]);
    return response.headers.get('x-gateway-dropped');
  };
  const plenty = await asked('500', async (apiKey) => expect(await once(apiKey)).toBeNull());
  expect(plenty).toEqual([expect.objectContaining({ tools: [claudeSearch] })]);
  await asked('5', async (apiKey) => expect(await once(apiKey)).toBe('tools.web_search_20250305'));
});

test('the AI SDK has the searches of both, by its own names for them', async () => {
  await asked('500', async (apiKey) => {
    const openai = createOpenAI({ baseURL: baseURL(), apiKey });
    const tools = { web_search: openai.tools.webSearch({ searchContextSize: 'low' }) };
    const model = openai(modelsAsked.openai);
    expect((await generateText({ model, prompt, tools, maxOutputTokens: maxOutput, maxRetries: 0 })).text).toBe(said);
    const anthropic = createAnthropic({ baseURL: baseURL(), apiKey });
    const claudeTools = { web_search: anthropic.tools.webSearch_20250305({ maxUses: 5 }) };
    const claude = anthropic(modelsAsked.anthropic);
    const asking = { model: claude, prompt, tools: claudeTools, maxOutputTokens: maxOutput, maxRetries: 0 };
    expect((await generateText(asking)).text).toBe(said);
  });
});

test('a search that only its provider could bound is left out at a provider that says nothing of the sort', async () => {
  const [body] = await asked('100', async (apiKey) => {
    const client = new OpenAI({ baseURL: baseURL(), apiKey, maxRetries: 0 });
    const fields = { model: modelsAsked.xai, input: prompt, tools: [search], max_output_tokens: maxOutput };
    expect((await client.responses.create(fields)).output_text).toBe(said);
  });
  expect(body).not.toHaveProperty('tools');
});
