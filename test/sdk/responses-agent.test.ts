import OpenAI, { BadRequestError, RateLimitError } from 'openai';
import type {
  FunctionTool,
  Response,
  ResponseCreateParamsStreaming,
  ResponseInputItem,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import type { LimitSetting } from '../load/admin-client.ts';
import { parseJson } from '../../src/protocols/json/json-value.ts';
import { modelsAsked } from './ai-sdk-clients.ts';
import { accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';
import { all, failureOf } from './sdk-stage.ts';

/**
 * A coding agent that speaks Responses: everything is streamed, nothing is stored, and what the model reasoned goes back
 * as it came, encrypted where it is.
 */

const gateway = useProviders();
const providers = ['openai', 'xai', 'anthropic', 'zai', 'google', 'openrouter', 'deepseek', 'groq', 'mistral'] as const;

const tools = ['shell', 'read_file', 'update_plan'].map((name): FunctionTool => ({
  type: 'function',
  name,
  description: `Does what ${name} says.`,
  strict: false,
  parameters: { type: 'object', properties: { command: { type: 'array', items: { type: 'string' } } } },
}));

async function newClient(limits?: readonly LimitSetting[]): Promise<OpenAI> {
  const apiKey = await gateway.key(limits);
  return new OpenAI({ apiKey, baseURL: new URL('/v1', gateway.stage().url).href, maxRetries: 0 });
}

/** What Codex says of itself beyond what the SDK knows. */
const namesOfIts = { client_metadata: { session_id: 's_1', turn_id: 't_1' } };

function asking(model: string, input: ResponseInputItem[]): ResponseCreateParamsStreaming {
  return {
    model,
    instructions: 'You are an agent that mends weirs.',
    input,
    tools,
    tool_choice: 'auto',
    parallel_tool_calls: true,
    reasoning: { effort: 'medium', summary: 'auto' },
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: 'conversation-1',
    safety_identifier: 'user-1',
    text: { verbosity: 'low' },
    max_output_tokens: 4000,
    ...namesOfIts,
  };
}

const user = (text: string): ResponseInputItem => ({
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text }],
});

/** The items of a response as they were done one by one, which is how agents take them. */
function itemsDone(events: readonly ResponseStreamEvent[]): ResponseInputItem[] {
  // What comes out can be put in again: the SDK has a type of its own for each way.
  return events.flatMap((event) =>
    event.type === 'response.output_item.done' ? [event.item as ResponseInputItem] : [],
  );
}

function completed(events: readonly ResponseStreamEvent[]): Response {
  const last = events.at(-1);
  if (last?.type !== 'response.completed') throw new Error(`it ended with ${JSON.stringify(last)}`);
  return last.response;
}

describe.each(providers)('an agent that is served by %s', (provider) => {
  const model = modelsAsked[provider];

  test('has its tools called turn after turn, and is charged to the nano-dollar', async () => {
    const { fakes } = gateway.stage();
    const client = await newClient();
    const before = fakes.requests.length;
    const input: ResponseInputItem[] = [];
    for (let turn = 0; turn < 10; turn += 2) {
      input.push(user('use the tool shell and use the tool read_file, at once'));
      const calling = await all(await client.responses.create(asking(model, input)));
      const items = itemsDone(calling);
      const calls = items.filter((item) => item.type === 'function_call');
      expect(calls.map(({ name, arguments: given }) => [name, parseJson(given)])).toEqual([
        ['shell', { command: ['text'] }],
        ['read_file', { command: ['text'] }],
      ]);
      const { output, ...rest } = completed(calling);
      expect(output).toHaveLength(items.length);
      expect(rest).toMatchObject({
        store: false,
        status: 'completed',
      });
      expect(calling.map(({ sequence_number: number }) => number)).toEqual(calling.map((_, index) => index));
      const outputs = calls.map(({ call_id, name }) => ({
        type: 'function_call_output' as const,
        call_id,
        output: `${name} is done`,
      }));
      input.push(...items, ...outputs);
      const done = await all(await client.responses.create(asking(model, input)));
      expect(JSON.stringify(completed(done).output)).toContain('The tool said: ');
      input.push(...itemsDone(done));
    }
    const asked = fakes.requests.slice(before).filter(({ method }) => method === 'POST');
    expect(asked).toHaveLength(10);
    expect(await accountsOf(gateway.stage(), client.apiKey ?? '', asked)).toEqual(exactly);
  });
});

test('what Claude thought comes encrypted, and goes back to it with its own signature', async () => {
  const client = await newClient();
  const input = [user('use the tool shell')];
  const items = itemsDone(await all(await client.responses.create(asking(modelsAsked.anthropic, input))));
  const [reasoning] = items;
  expect(reasoning).toMatchObject({ type: 'reasoning', encrypted_content: expect.stringMatching(/./) });
  const call = items.find((item) => item.type === 'function_call');
  input.push(...items, { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'done' });
  completed(await all(await client.responses.create(asking(modelsAsked.anthropic, input))));
  expect(gateway.stage().fakes.requests.findLast(({ body }) => body !== '')?.body).toContain('"signature":"sig-fake"');
});

test.each(['zai', 'anthropic', 'openrouter'] as const)(
  'a tool that takes free text is called by %s',
  async (provider) => {
    const client = await newClient();
    const patch = { type: 'custom' as const, name: 'apply_patch', description: 'Edits files.' };
    const ask = async (input: ResponseInputItem[]) =>
      all(await client.responses.create({ ...asking(modelsAsked[provider], input), tools: [...tools, patch] }));
    const input = [user('use the tool apply_patch')];
    const items = itemsDone(await ask(input));
    const call = items.find((item) => item.type === 'custom_tool_call');
    expect(call).toMatchObject({ name: 'apply_patch', input: 'text' });
    input.push(...items, { type: 'custom_tool_call_output', call_id: call?.call_id ?? '', output: 'patched' });
    expect(JSON.stringify(itemsDone(await ask(input)))).toContain('The tool said: patched');
  },
);

describe('an agent is told by the code that it acts on', () => {
  test.each([
    ['fail-stream:429', 'rate_limit_exceeded'],
    ['fail-stream:503', 'server_error'],
  ])('of a stream that fails with %s: %s', async (prompt, code) => {
    const client = await newClient();
    const events = await all(await client.responses.create(asking(modelsAsked.zai, [user(prompt)])));
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'response.failed', response: { status: 'failed', error: { code } } });
  });

  test('of a limit that is reached, before the stream begins', async () => {
    const client = await newClient([{ metric: 'requests', per: '30s', max: 1 }]);
    await all(await client.responses.create(asking('echo', [user('hi')])));
    const error = await failureOf(client.responses.create(asking('echo', [user('hi')])));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
  });

  test('of money that is spent, which it does not ask for again', async () => {
    const client = await newClient([{ metric: 'usd', per: 'total', max: '0.000001' }]);
    const error = await failureOf(client.responses.create(asking('echo', [user('hi')])));
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota' });
    expect(error.headers?.get('x-should-retry')).toBe('false');
  });
});

describe('an agent is told what it can not have, and what to do', () => {
  test.each([
    ['a response that goes on from one that nobody stored', { previous_response_id: 'resp_1' }, 'previous_response_id'],
    ['a response in the background', { background: true }, 'background'],
    [
      'a search that the provider would run, and that it must make',
      { tools: [{ type: 'web_search' as const }], tool_choice: 'required' as const },
      'tool_choice',
    ],
  ])('%s', async (_, fields, param) => {
    const client = await newClient();
    const error = await failureOf(
      client.responses.create({ model: modelsAsked.anthropic, input: 'hi', max_output_tokens: 100, ...fields }),
    );
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.param).toContain(param);
    expect(error.message).toMatch(/\. \w+/);
  });
});
