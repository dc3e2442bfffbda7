import type { Provider } from '../../src/catalog/schema.ts';
import type { Bindable } from '../../src/gateway/bound/bindable.ts';
import { protocols } from '../../src/protocols/protocols.ts';
import { defaultBreakerConfig } from '../../src/core/breaker/breaker-config.ts';
import { type AiBinding, askWorkersAi } from '../../src/providers/workers-ai.ts';
import { sentBody } from './sent-body.ts';

/** Asks Workers AI as the gateway does, through a binding of the test. */

export type Json = Record<string, unknown>;

export const model = '@cf/meta/llama-3.3-70b-instruct-fp8-fast';
export const hello = [{ role: 'user', content: 'Hello' }];

/** A binding with this answer. It remembers what it is asked. */
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

const provider: Provider = {
  kind: 'workers-ai',
  name: 'workers-ai',
  enabled: true,
  billsFailures: true,
  neutralParams: [],
  breaker: defaultBreakerConfig,
};
const target: Bindable = {
  provider,
  candidate: {
    model: undefined,
    modelName: model,
    target: {
      provider: provider.name,
      model,
      cancels: false,
      protocols: undefined,
      price: undefined,
      capsPrice: false,
    },
    price: undefined,
  },
};

export async function ask(
  ai: AiBinding | undefined,
  body: Json | string,
  protocol: 'chat' | 'embeddings' = 'chat',
  signal?: AbortSignal,
) {
  const text = typeof body === 'string' ? body : JSON.stringify({ model, ...body });
  const call = protocols[protocol].read(new TextEncoder().encode(text));
  const response = await askWorkersAi({
    ai,
    protocol,
    model,
    body: sentBody(call, target),
    stream: call.stream,
    forwarded: { query: '', headers: { traceparent: '00-1-2-03' } },
    accountId: 'account',
    token: 'token',
    signal: signal ?? new AbortController().signal,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
