import type { Behaviour } from './fake-provider.ts';
import { secretName } from './admin-client.ts';

/** In which protocol the fake provider is asked. */
export type Via = 'chat' | 'messages' | 'responses' | 'embeddings';

const vias: readonly Via[] = ['chat', 'messages', 'responses', 'embeddings'];

/** What clients call a model of this behaviour that is asked so. */
export function modelName(behaviour: string, via: Via): string {
  return via === 'chat' ? behaviour : `${behaviour}-${via}`;
}

export interface FakeCatalog {
  readonly providers: Readonly<Record<string, object>>;
  readonly models: Readonly<Record<string, object>>;
}

/** The fake provider in each of its protocols, billing failures and not, and a model of each for each behaviour. */
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
  // Of many calls in flight some failures end in a row, and it is the limits that are on trial here.
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
    // It calls none and keeps to no schema, but takes both, and never says that it can't.
    ...(via === 'embeddings' ? { endpoints: ['embeddings'] } : { tools: true, structuredOutput: true }),
  };
}

/** Pico-dollars a token, as the decimal dollars per million tokens that a catalog has. */
function perMillion(picoUsd: bigint): string {
  return `${picoUsd / 1_000_000n}.${String(picoUsd % 1_000_000n).padStart(6, '0')}`;
}
