import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import type { LimitSetting } from '../load/admin-client.ts';
import type { FakeName } from '../support/fakes/fake.ts';
import { modelsAsked } from './ai-sdk-clients.ts';
import { type Accounts, accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';
import { all } from './sdk-stage.ts';

const gateway = useProviders();

async function newClient(limits?: readonly LimitSetting[], options: ClientOptions = {}): Promise<Anthropic> {
  const apiKey = await gateway.key(limits);
  return new Anthropic({ apiKey, baseURL: gateway.stage().url.origin, maxRetries: 0, ...options });
}

/** Runs with a key of its own, and then looks at the provider and at the ledger. */
async function accountsAfter(run: (client: Anthropic) => Promise<void>): Promise<Accounts> {
  const { fakes } = gateway.stage();
  const client = await newClient();
  const before = fakes.requests.length;
  await run(client);
  return accountsOf(gateway.stage(), client.apiKey ?? '', fakes.requests.slice(before));
}

const sentence = 'The weir is open.';
const max_tokens = 2000;
const said = (content: Anthropic.MessageParam['content']): Anthropic.MessageParam[] => [{ role: 'user', content }];
const textOf = ({ content }: Anthropic.Message): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('');
const sent = () => {
  // A provider may be asked for its health in between.
  const last = gateway.stage().fakes.requests.findLast(({ body }) => body !== '');
  return { ...last, json: JSON.parse(last?.body ?? '{}') as Record<string, unknown> };
};

const tools: Anthropic.Tool[] = ['water_level', 'gate_state'].map((name) => ({
  name,
  description: `What the ${name} of a weir is.`,
  input_schema: { type: 'object', properties: { weir: { type: 'string' } }, required: ['weir'] },
}));

/** Passed through to Anthropic; put into chat completions, and back, for all others. */
const providers: readonly FakeName[] = ['anthropic', 'openai', 'zai', 'openrouter', 'google', 'mistral', 'deepseek'];

describe.each(providers)('a message to %s', (provider) => {
  const model = modelsAsked[provider];

  test('is answered', async () => {
    const accounts = await accountsAfter(async (client) => {
      const { data, response, request_id } = await client.messages
        .create({ model, max_tokens, system: 'Be brief.', messages: said(`say exactly: ${sentence}`) })
        .withResponse();
      expect(data).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
      expect(textOf(data)).toBe(sentence);
      expect(data.usage.output_tokens).toBeGreaterThan(0);
      expect(request_id).toMatch(/^req_/);
      expect(response.headers.get('x-gateway-provider')).toBe(provider);
      expect(Number(response.headers.get('x-gateway-cost-usd'))).toBeGreaterThan(0);
    });
    expect(accounts).toEqual(exactly);
  });

  test('is put together from its stream by the helper of the SDK', async () => {
    const accounts = await accountsAfter(async (client) => {
      const texts: string[] = [];
      const stream = client.messages.stream({ model, max_tokens, messages: said(`say exactly: ${sentence}`) });
      stream.on('text', (text) => texts.push(text));
      const message = await stream.finalMessage();
      expect(textOf(message)).toBe(sentence);
      expect(texts.join('')).toBe(sentence);
      expect(texts.length).toBeGreaterThan(1);
      expect(message).toMatchObject({ stop_reason: 'end_turn', role: 'assistant' });
      expect(message.usage.input_tokens).toBeGreaterThan(0);
      expect(message.usage.output_tokens).toBeGreaterThan(1);
    });
    expect(accounts).toEqual(exactly);
  });

  test('stops at its cap, and says so', async () => {
    const client = await newClient();
    const message = await client.messages.create({
      model,
      max_tokens: 20,
      messages: said(`say exactly: ${'word '.repeat(50)}`),
    });
    expect(message.stop_reason).toBe('max_tokens');
    expect(message.usage.output_tokens).toBe(20);
  });

  test('has its tools used, over several turns', async () => {
    const accounts = await accountsAfter(async (client) => {
      const messages = said('use the tool water_level and use the tool gate_state');
      for (const expected of ['tool_use', 'end_turn', 'tool_use', 'end_turn']) {
        const message = await client.messages.stream({ model, max_tokens, messages, tools }).finalMessage();
        expect(message.stop_reason).toBe(expected);
        messages.push({ role: 'assistant', content: message.content });
        const uses = message.content.filter((block) => block.type === 'tool_use');
        if (expected === 'tool_use') {
          expect(uses.map(({ name, input }) => [name, input])).toEqual([
            ['water_level', { weir: 'text' }],
            ['gate_state', { weir: 'text' }],
          ]);
          const results = uses.map(({ id, name }) => ({
            type: 'tool_result' as const,
            tool_use_id: id,
            content: [{ type: 'text' as const, text: `${name} is 240` }],
          }));
          messages.push({ role: 'user', content: results });
        } else {
          expect(textOf(message)).toContain('gate_state is 240');
          messages.push(...said('again, use the tool water_level and use the tool gate_state'));
        }
      }
    });
    expect(accounts).toEqual(exactly);
  });

  test('thinks, and its signed thoughts are taken back', async () => {
    const accounts = await accountsAfter(async (client) => {
      const messages = said('use the tool water_level');
      const thinking = { type: 'enabled', budget_tokens: 1024 } as const;
      const first = await client.messages.stream({ model, max_tokens, messages, tools, thinking }).finalMessage();
      const [thought] = first.content;
      const isShown = provider !== 'openai' && provider !== 'google' && provider !== 'mistral';
      if (isShown) expect(thought).toMatchObject({ type: 'thinking', signature: expect.stringMatching(/./) });
      const use = first.content.find((block) => block.type === 'tool_use');
      messages.push(
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.id ?? '', content: '240' }] },
      );
      const second = await client.messages.create({ model, max_tokens, messages, tools, thinking });
      expect(textOf(second)).toBe('The tool said: 240');
    });
    expect(accounts).toEqual(exactly);
  });
});

describe('a message with an image', () => {
  const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

  test.each(['anthropic', 'openai', 'google', 'openrouter'] as const)('reaches %s', async (provider) => {
    const client = await newClient([{ metric: 'requests', per: 'minute', max: 10 }]);
    const model = provider === 'openrouter' ? 'openrouter/openai/gpt-5-mini' : modelsAsked[provider];
    const message = await client.messages.create({
      model,
      max_tokens,
      messages: said([
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
        { type: 'text', text: `say exactly: ${sentence}` },
      ]),
    });
    expect(textOf(message)).toBe(sentence);
    expect(sent().body).toContain(data);
  });
});

describe('caching of prompts', () => {
  const system = [
    { type: 'text' as const, text: 'What a weir is. '.repeat(100), cache_control: { type: 'ephemeral' as const } },
  ];

  test.each(['anthropic', 'openrouter'] as const)('is asked of %s, which says what it read and wrote', async (name) => {
    const accounts = await accountsAfter(async (client) => {
      const ask = () =>
        client.messages.create({ model: modelsAsked[name], max_tokens, system, messages: said('say exactly: yes') });
      const first = (await ask()).usage;
      const second = (await ask()).usage;
      expect(sent().body).toContain('cache_control');
      if (name === 'anthropic') expect(first.cache_creation_input_tokens).toBeGreaterThan(100);
      expect(first.cache_read_input_tokens).toBe(0);
      expect(second.cache_read_input_tokens).toBeGreaterThan(100);
      // What was read from the cache is not counted as input a second time.
      expect(second.input_tokens).toBeLessThan(100);
    });
    expect(accounts).toEqual(exactly);
  });
});

test.each(['anthropic', 'openai'] as const)('tokens are counted for %s, and cost nothing', async (provider) => {
  const client = await newClient();
  const counted = await client.messages.countTokens({
    model: modelsAsked[provider],
    system: 'Be brief.',
    messages: said('How high is the weir?'),
    tools,
  });
  expect(counted.input_tokens).toBeGreaterThan(10);
  const { limits } = await gateway.stage().admin.usage(client.apiKey ?? '');
  expect(limits.map(({ posted, held }) => [Number(posted), Number(held)])).toEqual([[0, 0]]);
});

test("models are listed in Anthropic's shape, page by page, and found", async () => {
  const client = await newClient();
  const models = await all(client.models.list({ limit: 20 }));
  expect(models.length).toBeGreaterThan(60);
  expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
  expect(await client.models.retrieve(modelsAsked.anthropic)).toMatchObject({ type: 'model', max_tokens: 128_000 });
});
