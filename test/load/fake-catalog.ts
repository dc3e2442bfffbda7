import type { Behaviour } from './fake-provider.ts';
import { secretName } from './admin-client.ts';

/** The protocol in which the fake provider is asked. */
export type Via = 'chat' | 'messages' | 'responses' | 'embeddings';

const vias: readonly Via[] = ['chat', 'messages', 'responses', 'embeddings'];

/** The clients' name of a model with this behaviour and protocol. */
export function modelName(behaviour: string, via: Via): string {
  return via === 'chat' ? behaviour : `${behaviour}-${via}`;
}

interface FakeCatalog {
  readonly providers: Readonly<Record<string, object>>;
  readonly models: Readonly<Record<string, object>>;
}

/** The fake provider in each protocol, with and without billed failures, and a model for each of its behaviours. */
export function fakeCatalog(origin: string, behaviours: Readonly<Record<string, Behaviour>>): FakeCatalog {
  const providers: Record<string, object> = {};
  for (const via of vias) {
    for (const billsFailures of [false, true]) {
      providers[providerName(via, billsFailures)] = { ...server(origin, via), billsFailures };
    }
  }
  const models: Record<string, object> = {};
  for (const [name, behaviour] of Object.entries(behaviours)) {
    for (const via of vias) models[modelName(name, via)] = model(name, behaviour, via);
  }
  return { providers, models };
}

function providerName(via: Via, billsFailures: boolean): string {
  return ['fake', ...(via === 'chat' ? [] : [via]), ...(billsFailures ? ['billing'] : [])].join('-');
}

function server(origin: string, via: Via): object {
  // With many calls in flight some failures come in a row. The limits are on trial here, and not the breakers.
  const common = { secret: secretName, breaker: { failuresInARow: 50 } };
  if (via === 'messages') return { ...common, kind: 'anthropic', baseUrl: origin };
  return { ...common, kind: 'openai', baseUrl: `${origin}/v1`, protocols: [via] };
}

function model(behaviour: string, { price, billsFailures, cancels }: Behaviour, via: Via): object {
  return {
    targets: [{ provider: providerName(via, billsFailures), model: behaviour, cancels }],
    price: { input: perMillion(price.inputPicoUsd), output: perMillion(price.outputPicoUsd) },
    contextTokens: 128_000,
    maxOutputTokens: 16_384,
    defaultOutputTokens: 1024,
    input: ['text'],
    // It uses no tool and keeps to no schema, but takes both without an error.
    ...(via === 'embeddings' ? { endpoints: ['embeddings'] } : { tools: true, structuredOutput: true }),
  };
}

/** Pico-dollars a token, as the decimal dollars per million tokens that a catalog has. */
function perMillion(picoUsd: bigint): string {
  return `${picoUsd / 1_000_000n}.${String(picoUsd % 1_000_000n).padStart(6, '0')}`;
}
