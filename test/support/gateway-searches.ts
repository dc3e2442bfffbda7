import { justText } from './fakes/compose.ts';
import { eventText } from './fakes/fake.ts';
import { messageOf } from './fakes/messages-answer.ts';
import { responseOf } from './fakes/responses-answer.ts';
import { type Answer, type Json, type TestKey, inspect, newKey, send } from './gateway.ts';
import { FakeProvider, type Reply, model, putCatalog } from './gateway-provider.ts';

/** A provider that searches the web by itself, agents that allow it, and keys with a limit on money. */

export const contextTokens = 100_000;
/** $1 and $2 per million tokens, and a cent a search. */
export const priced = { price: { input: '1', output: '2', webSearch: '0.01' }, contextTokens };
export const contextNanoUsd = contextTokens * 1000;
export const searchNanoUsd = 10_000_000;

export async function stage(protocol: 'responses' | 'messages'): Promise<FakeProvider> {
  const fake = new FakeProvider();
  const asked = { protocols: ['chat', 'responses'], quirks: { extensions: ['max_tool_calls'] } };
  const entry =
    protocol === 'responses'
      ? fake.entry(asked)
      : { kind: 'anthropic', baseUrl: `https://${fake.host}`, billsFailures: true };
  await putCatalog({ served: { ...model(fake), ...priced } }, { [fake.name]: entry });
  return fake;
}

export const keyWith = async (usd: string): Promise<TestKey> =>
  newKey({ limits: [{ metric: 'usd', per: 'total', max: usd }] });

export async function standing(key: TestKey) {
  const { standings, breaches } = await inspect(key);
  const { posted = Number.NaN, held = Number.NaN } = standings[0] ?? {};
  return { posted, held, breaches };
}

export interface Used {
  readonly input: number;
  readonly output: number;
  readonly searches: number;
}

export const cost = ({ input, output, searches }: Used): number =>
  input * 1000 + output * 2000 + searches * searchNanoUsd;

/** What Codex sends: its own tools, and a search that the model may use. */
export const codex = {
  model: 'served',
  instructions: 'You are Codex.',
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Which Node is current?' }] }],
  tools: [
    { type: 'function', name: 'shell', strict: false, parameters: { type: 'object', properties: {} } },
    { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
    { type: 'web_search', external_web_access: true },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  store: false,
  include: ['reasoning.encrypted_content'],
};

/** What Claude Code sends when its model wants to search: a call for the search alone. */
export const claudeCode = {
  model: 'served',
  max_tokens: 400,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Perform a web search for the query: weir' }] }],
  tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 8 }],
  tool_choice: { type: 'tool', name: 'web_search' },
};

export const askResponses = async ({ key }: TestKey, body: Json = {}): Promise<Answer> =>
  send(key, { method: 'POST', path: '/v1/responses', body: { ...codex, ...body } });
export const askMessages = async ({ key }: TestKey, body: Json = {}): Promise<Answer> =>
  send(key, { method: 'POST', path: '/v1/messages', body: { ...claudeCode, ...body } });

export const header = ({ headers }: Answer, name: string): string | null => headers.get(`x-gateway-${name}`);

export const searchItem = {
  type: 'web_search_call',
  id: 'ws_1',
  status: 'completed',
  action: { type: 'search', query: 'x' },
};

export function response({ input, output, searches }: Used): Json {
  const content = [{ type: 'output_text', text: '26', annotations: [] }];
  return responseOf(codex, {
    id: 'resp_1',
    output: [
      ...Array.from({ length: searches }, () => searchItem),
      { type: 'message', id: 'm', role: 'assistant', content },
    ],
    usage: { input_tokens: input, output_tokens: output, total_tokens: input + output },
  });
}

export function message({ input, output, searches }: Used): Json {
  const searched = { server_tool_use: { web_search_requests: searches } };
  const usage = { input_tokens: input, output_tokens: output, ...searched };
  return messageOf({ id: 'msg_1', model: 'm', usage }, justText('Found.'));
}

/** Uses exactly all that it may: each search, and the whole context each time that the model goes on. */
export const toTheFullResponse: Reply = ({ json }) => {
  const searches = Number(json['max_tool_calls']);
  const output = Number(json['max_output_tokens']);
  return Response.json(response({ input: 50 + searches * contextTokens, output, searches }));
};

export const toTheFullMessage: Reply = ({ json }) => {
  const [tool] = json['tools'] as [{ max_uses: number }];
  const output = 10 * Number(json['max_tokens']);
  return Response.json(message({ input: 50 + 9 * contextTokens, output, searches: tool.max_uses }));
};

export const sse =
  (events: readonly Json[]): Reply =>
  () =>
    new Response(events.map((data) => eventText({ event: String(data['type']), data })).join(''), {
      headers: { 'content-type': 'text/event-stream' },
    });
