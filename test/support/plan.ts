import type { Catalog } from '../../src/catalog/schema.ts';
import type { CooldownReason } from '../../src/core/breaker/credential-cooldowns.ts';
import type { GatewayError } from '../../src/http/errors.ts';
import type { Needs } from '../../src/core/routing/needs.ts';
import {
  type Plan,
  type PlanCaller,
  type PlanRequest,
  type PlanWorld,
  type PlannedAttempt,
  type PlannedCall,
  planCall,
} from '../../src/core/routing/plan.ts';

export const nowMs = 1_000_000;
export const anyone: PlanCaller = { policy: {}, test: false };

export interface Trouble {
  /** Breakers by `provider/endpoint`, with the time at which they may be tried again. */
  readonly open?: Readonly<Record<string, number>>;
  readonly half?: readonly string[];
  /** Credentials by their name. */
  readonly out?: Readonly<Record<string, CooldownReason>>;
  /** Providers and endpoints. */
  readonly off?: readonly string[];
  /** By `provider/model`. */
  readonly firstByteMs?: Readonly<Record<string, number>>;
  readonly seed?: number;
}

/** Everything is well but what a test names. */
export function world(of: Catalog, trouble: Trouble = {}): PlanWorld {
  const { open = {}, half = [], out = {}, off = [], firstByteMs = {}, seed = 0 } = trouble;
  return {
    catalog: of,
    whyOff: ({ name, enabled }) => (enabled && !off.includes(name) ? undefined : 'wants a secret'),
    endpointsThatAreOn: (endpoints) => endpoints.filter(({ name }) => !off.includes(name)),
    health: {
      standing: (provider, endpoint) => {
        const retryAtMs = open[`${provider}/${endpoint}`];
        if (retryAtMs !== undefined) return { kind: 'open', retryAtMs };
        return { kind: half.includes(`${provider}/${endpoint}`) ? 'probe' : 'closed' };
      },
      cooldown: (_, { credential }) => {
        const reason = out[credential];
        return reason === undefined ? undefined : { untilMs: nowMs + 5000, reason };
      },
      firstByteMs: (provider, model) => firstByteMs[`${provider}/${model}`],
    },
    client: 'client',
    nowMs,
    seed,
  };
}

/** For a call about which nothing is known. */
export const noNeeds: Needs = {
  media: new Map(),
  tools: undefined,
  structuredOutput: undefined,
  input: { tokensMost: 0, tokensAbout: 0, words: () => 0 },
  inputTokens: 0,
  outputTokens: undefined,
  generates: true,
};

/** A plain call to chat completions, which needs nothing special. */
export const anyRequest: PlanRequest = {
  endpoint: 'chat',
  model: undefined,
  models: [],
  forcedProvider: undefined,
  fallback: undefined,
  needs: noNeeds,
  stage: undefined,
  subject: { user: undefined, key: 'k_1' },
  traits: {
    stage: () => ({ stage: undefined, reason: 'nothing' }),
    complexity: () => ({ level: 'medium', reason: 'nothing' }),
  },
};

export function plan(of: Catalog, request: Partial<PlanRequest>, trouble: Trouble = {}, by: PlanCaller = anyone): Plan {
  return planCall({ ...anyRequest, ...request }, by, world(of, trouble));
}

export function planned(...parameters: Parameters<typeof plan>): PlannedCall {
  const result = plan(...parameters);
  if (result.kind === 'refused') throw result.error;
  return result;
}

export function refusal(...parameters: Parameters<typeof plan>): GatewayError {
  const result = plan(...parameters);
  if (result.kind === 'planned') throw new Error('it was planned');
  return result.error;
}

export function targetText({ candidate, provider, endpointName }: PlannedAttempt): string {
  return [candidate.modelName, provider.name, endpointName].join(' ');
}

/** The models of a plan, in order, each once. */
export function modelsOf({ attempts }: PlannedCall): string[] {
  return [...new Set(attempts.map(({ candidate }) => candidate.modelName))];
}
