import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';

/**
 * A coding agent that speaks Messages: a long system prompt and many tools, marked for the cache, several calls of tools
 * at a time, thoughts that go back with their signatures, all of it streamed, and a conversation that grows and grows.
 */

/** The agent knows names of Claude alone. These are served by others. */
const aliases = {
  'claude-3-5-haiku-latest': 'gpt-5-mini',
  'claude-3-7-sonnet-latest': 'glm-5.3',
  'claude-sonnet-4-0': 'deepseek-flash',
  'claude-opus-4-0': 'gemini-3.8-flash',
  'claude-opus-4-1': 'qwen3.7-max',
  'claude-3-5-sonnet-latest': 'mistral-medium-2604',
  'claude-3-opus-latest': 'cf-glm-5.3',
  'claude-3-haiku-20240307': 'gpt-oss-120b',
};
const models = Object.fromEntries(Object.entries(aliases).map(([alias, model]) => [model, { aliases: [alias] }]));
const gateway = useProviders({ models });

const ephemeral = { type: 'ephemeral' as const };
const system: Anthropic.Beta.BetaTextBlockParam[] = [
  { type: 'text', text: 'You are an agent that mends weirs.' },
  { type: 'text', text: 'Look before you dig. '.repeat(40), cache_control: ephemeral },
];
const tools = Array.from({ length: 20 }, (_, index): Anthropic.Beta.BetaTool => ({
  name: `tool_${index}`,
  description: `Does the thing with number ${index}.`,
  input_schema: {
    type: 'object',
    properties: { path: { type: 'string' }, lines: { type: 'array', items: { type: 'integer' } } },
    required: ['path', 'lines'],
  },
  ...(index === 19 ? { cache_control: ephemeral } : {}),
}));

type Messages = Anthropic.Beta.BetaMessageParam[];

/** All that was said so far is to be cached: the mark is on the last of it, and on nothing before. */
function marked(messages: Messages): Messages {
  const last = messages.at(-1);
  if (last === undefined || last.role === 'system' || typeof last.content === 'string') return messages;
  const content = last.content.map((block, index, { length }) =>
    index === length - 1 && (block.type === 'text' || block.type === 'tool_result')
      ? { ...block, cache_control: ephemeral }
      : block,
  );
  return [...messages.slice(0, -1), { ...last, content }];
}

function ask(client: Anthropic, model: string, messages: Messages): Promise<Anthropic.Beta.BetaMessage> {
  return client.beta.messages
    .stream({
      model,
      max_tokens: 4000,
      system,
      tools,
      messages: marked(messages),
      thinking: { type: 'enabled', budget_tokens: 2000 },
      metadata: { user_id: 'user_of_the_agent' },
      betas: ['interleaved-thinking-2025-05-14'],
    })
    .finalMessage();
}

/** What its tools have made of it, one of them in vain. */
function results({ content }: Anthropic.Beta.BetaMessage): Anthropic.Beta.BetaToolResultBlockParam[] {
  return content
    .filter((block) => block.type === 'tool_use')
    .map(({ id, name }, index) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: index === 0 ? `${name} is done` : [{ type: 'text', text: `${name} has failed` }],
      is_error: index > 0,
    }));
}

const long = ['claude-sonnet-5-5', 'claude-3-5-haiku-latest', 'claude-3-7-sonnet-latest'];
const short = Object.keys(aliases).filter((alias) => !long.includes(alias));

describe.each([...long.map((model) => [model, 30] as const), ...short.map((model) => [model, 10] as const)])(
  'an agent that asks for %s',
  (model, turns) => {
    test(`has ${turns} turns with its tools, all of them understood, and charged to the nano-dollar`, async () => {
      const { url, fakes } = gateway.stage();
      const key = await gateway.key();
      const client = new Anthropic({ authToken: key, apiKey: null, baseURL: url.origin, maxRetries: 0 });
      const before = fakes.requests.length;
      const messages: Messages = [];
      let read = 0;
      for (let turn = 0; turn < turns; turn += 2) {
        const wanted = [`tool_${turn % 20}`, `tool_${(turn + 7) % 20}`];
        const text = `use the tool ${wanted[0]} and use the tool ${wanted[1]}, at once`;
        messages.push({ role: 'user', content: [{ type: 'text', text }] });
        const calling = await ask(client, model, messages);
        expect(calling.stop_reason).toBe('tool_use');
        expect(calling.content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))).toEqual(wanted);
        messages.push({ role: 'assistant', content: calling.content }, { role: 'user', content: results(calling) });
        const done = await ask(client, model, messages);
        expect(done.stop_reason).toBe('end_turn');
        expect(JSON.stringify(done.content)).toContain(`${wanted[1]} has failed`);
        messages.push({ role: 'assistant', content: done.content });
        read += done.usage.cache_read_input_tokens ?? 0;
      }
      expect(messages).toHaveLength(turns * 2);
      // What was cached of the turns before is read, by those who cache.
      expect(read).toBeGreaterThan(0);
      const asked = fakes.requests.slice(before).filter(({ method }) => method === 'POST');
      expect(asked).toHaveLength(turns);
      expect(await accountsOf(gateway.stage(), key, asked)).toEqual(exactly);
    });
  },
);

test('an agent is told which models there are by names that it knows', async () => {
  const { url } = gateway.stage();
  const client = new Anthropic({ authToken: await gateway.key(), apiKey: null, baseURL: url.origin, maxRetries: 0 });
  for (const alias of Object.keys(aliases)) {
    expect(await client.models.retrieve(alias)).toMatchObject({ id: alias, type: 'model' });
  }
});
