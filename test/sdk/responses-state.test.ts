import OpenAI, { NotFoundError } from 'openai';
import type { FunctionTool, Response, ResponseInputItem } from 'openai/resources/responses/responses';
import { describe, expect, test } from 'vitest';
import { modelsAsked } from './ai-sdk-clients.ts';
import { accountsOf, exactly } from './fakes-bill.ts';
import { useProviders } from './provider-stage.ts';
import { all } from './sdk-stage.ts';

/** Conversations of which each call sends what is new: OpenAI's own SDK as its examples have it, with nothing set. */

const gateway = useProviders();
const providers = ['openai', 'xai', 'anthropic', 'zai', 'google', 'openrouter', 'deepseek', 'groq', 'mistral'] as const;

const tools: FunctionTool[] = ['gate_state', 'water_level'].map((name) => ({
  type: 'function',
  name,
  strict: false,
  parameters: { type: 'object', properties: { weir: { type: 'string' } } },
}));

async function newClient(isLimited: boolean): Promise<OpenAI> {
  const limits = [
    { metric: 'usd', per: 'day', max: '100' },
    { metric: 'tokens', per: 'day', max: 10_000_000 },
    { metric: 'concurrency', max: 1 },
  ] as const;
  const apiKey = await (isLimited ? gateway.key([...limits]) : gateway.key());
  return new OpenAI({ apiKey, baseURL: new URL('/v1', gateway.stage().url).href, maxRetries: 0 });
}

interface Turn {
  readonly model: string;
  readonly input: string | ResponseInputItem[];
  readonly previous_response_id: string | null;
}

async function streamed(client: OpenAI, turn: Turn): Promise<Response> {
  const last = (await all(await client.responses.create({ ...turn, tools, stream: true }))).at(-1);
  if (last?.type !== 'response.completed') throw new Error(`it ended with ${JSON.stringify(last)}`);
  return last.response;
}

async function whole(client: OpenAI, turn: Turn): Promise<Response> {
  return client.responses.create({ ...turn, tools });
}

const textOf = ({ output }: Response): string =>
  output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : ''))
    .join('');
const callsIn = (response: Response) => response.output.filter((item) => item.type === 'function_call');
const outputsOf = (response: Response): ResponseInputItem[] =>
  callsIn(response).map(({ call_id, name }) => ({
    type: 'function_call_output',
    call_id,
    output: `${name} is done`,
  }));

describe.each([
  ['a stream', streamed, true],
  ['whole', whole, false],
] as const)('a conversation, each turn %s', (_, ask, isLimited) => {
  test.each(providers)(
    'goes on at %s by the id of the last response, and is charged to the nano-dollar',
    async (name) => {
      const { fakes } = gateway.stage();
      const client = await newClient(isLimited);
      const before = fakes.requests.length;
      const model = modelsAsked[name];
      let previous: string | null = null;
      for (let turn = 0; turn < 3; turn += 1) {
        const input = 'use the tool gate_state and use the tool water_level';
        const calling: Response = await ask(client, { model, input, previous_response_id: previous });
        expect(callsIn(calling).map((call) => call.name)).toEqual(['gate_state', 'water_level']);
        expect(calling).toMatchObject({ store: true, previous_response_id: previous });
        const done = await ask(client, { model, input: outputsOf(calling), previous_response_id: calling.id });
        expect(textOf(done)).toContain('The tool said: ');
        previous = done.id;
      }
      const asked = fakes.requests.slice(before).filter(({ method }) => method === 'POST');
      expect(asked).toHaveLength(6);
      expect(await accountsOf(gateway.stage(), client.apiKey ?? '', asked)).toEqual(exactly);
    },
  );

  test('goes from one provider to the next, and each is told all of it', async () => {
    const { fakes } = gateway.stage();
    const client = await newClient(isLimited);
    const before = fakes.requests.length;
    let previous: string | null = null;
    for (const [index, name] of [...providers, ...providers].entries()) {
      const input = `say exactly: turn ${index}`;
      const answer: Response = await ask(client, { model: modelsAsked[name], input, previous_response_id: previous });
      expect(textOf(answer)).toBe(`turn ${index}`);
      previous = answer.id;
    }
    const asked = fakes.requests.slice(before).filter(({ method }) => method === 'POST');
    for (let index = 0; index < asked.length; index += 1) {
      expect(asked[index]?.body.match(/say exactly: turn \d+/g)).toHaveLength(index + 1);
    }
    expect(await accountsOf(gateway.stage(), client.apiKey ?? '', asked)).toEqual(exactly);
  });
});

test('a kept response is found, its input listed and counted, and is deleted, as the SDK does it', async () => {
  const client = await newClient(true);
  const model = modelsAsked.zai;
  const first = await client.responses.create({ model, input: 'say exactly: one' });
  const second = await client.responses.create({ model, input: 'say exactly: two', previous_response_id: first.id });
  expect(await client.responses.retrieve(second.id)).toMatchObject({ id: second.id, output: second.output });
  const listed = [];
  for await (const item of client.responses.inputItems.list(second.id, { order: 'asc', limit: 1 })) listed.push(item);
  expect(listed.map(({ type }) => type)).toEqual(['message', 'reasoning', 'message', 'message']);
  const { input_tokens: inputTokens } = await client.responses.inputTokens.count({
    model,
    input: 'Hi',
    previous_response_id: second.id,
  });
  expect(inputTokens).toBeGreaterThan(10);
  await client.responses.delete(second.id);
  await expect(client.responses.retrieve(second.id)).rejects.toBeInstanceOf(NotFoundError);
  await expect(client.responses.create({ model, input: 'x', previous_response_id: second.id })).rejects.toMatchObject({
    status: 400,
    code: 'previous_response_not_found',
    param: 'previous_response_id',
  });
});
