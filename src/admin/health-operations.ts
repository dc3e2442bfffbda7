import type { Catalog, Provider } from '../catalog/schema.ts';
import { unsetVariables, whyOff } from '../catalog/provider-is-on.ts';
import type { Env } from '../env.ts';
import type { BreakerDetail, ModelsDetail } from '../actors/provider-health/health-messages.ts';
import { GatewayError } from '../http/errors.ts';
import { pushWaitMs, retirementToldMs } from '../limits.ts';
import { type AdminContext, type Answer, askDirectory } from './admin-context.ts';
import type { AdminHealthView, ProviderHealthView } from './health-view.ts';
import { ledgersOf } from './ledger-operations.ts';
import { answerIfAny } from '../answer-within.ts';
import { parsedCatalog } from './catalog-operations.ts';
import { timeText } from '../actors/directory/time-text.ts';

export async function adminHealth({ env }: AdminContext): Promise<Answer<AdminHealthView>> {
  const [catalog, undelivered, ledgers] = await Promise.all([
    parsedCatalog(env),
    askDirectory(env, (directory) => directory.undelivered()),
    askDirectory(env, (directory) => directory.ledgers()),
  ]);
  const named = await Promise.all(
    [...catalog.providers.values()].map(
      async (provider) => [provider.name, await providerHealth(env, provider)] as const,
    ),
  );
  const isWell = named.every(([, { on, state }]) => !on || state === 'closed');
  const isDelivered = undelivered.keys + undelivered.accounts === 0 && !undelivered.catalog;
  return {
    data: {
      status: isWell && isDelivered && ledgers.lost.length === 0 ? 'ok' : 'degraded',
      catalogVersion: catalog.version,
      providers: Object.fromEntries(named),
      retiring: retiring(catalog, Date.now()),
      absent: absent(env, catalog),
      undelivered,
      ...ledgersOf(ledgers),
    },
  };
}

/** Closes every breaker of a provider, and uses its credentials again. */
export async function resetProvider({ env, who }: AdminContext, name: string): Promise<Answer<ProviderHealthView>> {
  const catalog = await parsedCatalog(env);
  const provider = catalog.providers.get(name);
  if (provider === undefined) {
    const known = [...catalog.providers.keys()].join(', ');
    throw new GatewayError('not_found', `There is no provider "${name}". The catalog has: ${known}.`);
  }
  const entry = { who, action: 'provider.reset', subject: name, details: {} };
  await askDirectory(env, (directory) => directory.recordChange(entry));
  const reset = await answerIfAny(pushWaitMs, env.PROVIDER_HEALTH.getByName(name).reset());
  if (reset === undefined) {
    const message = `The breakers of ${name} could not be reached. Try again.`;
    throw new GatewayError('ledger_unavailable', message, { retryAfterMs: 1000, shouldRetry: true });
  }
  return { data: await providerHealth(env, provider) };
}

async function providerHealth(env: Env, provider: Provider): Promise<ProviderHealthView> {
  const offBecause = whyOff(env, provider);
  const use = { on: offBecause === undefined, ...(offBecause === undefined ? {} : { offBecause }) };
  const detail = await answerIfAny(pushWaitMs, env.PROVIDER_HEALTH.getByName(provider.name).describe());
  if (detail === undefined) {
    return { ...use, state: 'unknown', breakers: [], cooldowns: [], lostReports: 0, checks: [], models: null };
  }
  const { breakers, cooldowns, scoped = [], lostReports, checks = [], models } = detail;
  const nowMs = Date.now();
  return {
    ...use,
    state: worstOf(breakers),
    breakers,
    cooldowns: [
      ...cooldowns,
      // Nobody is told which client it was.
      ...scoped.map(({ client, ...cooldown }) => ({
        ...cooldown,
        ...(client === undefined ? {} : { ofOneClient: true as const }),
      })),
    ].map((cooldown) => ({ ...cooldown, until: timeText(nowMs + cooldown.forMs) })),
    lostReports,
    checks: checks.map(({ agoMs, ...check }) => ({ ...check, checkedAt: timeText(nowMs - agoMs) })),
    models: models === undefined ? null : modelsOf(models, nowMs),
  };
}

function modelsOf({ agoMs, ...models }: ModelsDetail, nowMs: number): ProviderHealthView['models'] {
  return { checkedAt: timeText(nowMs - agoMs), ...models };
}

function worstOf(breakers: readonly BreakerDetail[]): BreakerDetail['state'] {
  const worstFirst = ['open', 'half-open', 'closed'] as const;
  return worstFirst.find((state) => breakers.some((breaker) => breaker.state === state)) ?? 'closed';
}

function retiring({ models }: Catalog, nowMs: number): AdminHealthView['retiring'] {
  return [...models.values()]
    .flatMap(({ name, retiresAtMs }) => (retiresAtMs === undefined ? [] : [{ name, retiresAtMs }]))
    .filter(({ retiresAtMs }) => retiresAtMs <= nowMs + retirementToldMs)
    .toSorted((one, other) => one.retiresAtMs - other.retiresAtMs)
    .map(({ name, retiresAtMs }) => ({
      model: name,
      retires: new Date(retiresAtMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
      isRetired: retiresAtMs <= nowMs,
    }));
}

/** Bindings and variables that are not set, and what does not work without them. */
function absent(env: Env, catalog: Catalog): AdminHealthView['absent'] {
  const isBound = (name: string): boolean => Reflect.get(env, name) !== undefined;
  const ofProviders = [...catalog.providers.values()].flatMap((provider) => {
    const unset = unsetVariables(env, provider).map((name) => ({ name, turnsOff: `provider ${provider.name}` }));
    if (provider.kind !== 'workers-ai') return unset;
    // Workers AI needs the binding or both variables, not all three.
    return isBound('AI') || unset.length === 0
      ? []
      : [{ name: 'AI', turnsOff: 'providers of kind workers-ai' }, ...unset];
  });
  return [
    ...(isBound('AUTH_LIMITER') ? [] : [{ name: 'AUTH_LIMITER', turnsOff: 'the slowing of failed authentication' }]),
    ...ofProviders,
  ];
}
