import { type AiBinding, askWorkersAi } from '../../src/providers/workers-ai.ts';

/** Asks Workers AI as the gateway does, through a binding that answers what the test says. */

export type Json = Record<string, unknown>;

export const model = '@cf/meta/llama-3.3-70b-instruct-fp8-fast';
export const hello = [{ role: 'user', content: 'Hello' }];

/** A binding that answers so, and remembers what it was asked. */
export function binding(answer: () => unknown) {
  const asked: { model: string; inputs: Json; options: Json }[] = [];
  const ai: AiBinding = {
    run: async (name, inputs, options) => {
      asked.push({ model: name, inputs: inputs as Json, options: options as Json });
      return answer();
    },
  };
  return { ai, asked };
}

export async function ask(
  ai: AiBinding | undefined,
  body: Json,
  wire: 'chat' | 'embeddings' = 'chat',
  signal?: AbortSignal,
) {
  const response = await askWorkersAi({
    ai,
    wire,
    model,
    body: new TextEncoder().encode(JSON.stringify({ model, ...body })),
    stream: body['stream'] === true,
    query: '',
    clientHeaders: new Headers({ traceparent: '00-1-2-03', cookie: 'no' }),
    accountId: 'account',
    token: 'token',
    signal: signal ?? new AbortController().signal,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
