import { providerSite } from '../../catalog/provider-site.ts';
import type { Catalog } from '../../catalog/schema.ts';
import { defaultBreakerConfig } from '../../core/breaker/breaker-config.ts';
import { RetryBudgets } from '../../core/retry/retry-budget.ts';
import { HealthMemory, RouterHealth } from './router-health.ts';
import type { Incoming } from '../request/incoming.ts';
import { log } from '../../log.ts';
import { steadyNowMs } from '../../steady-time.ts';

/** What an isolate remembers about providers between requests. It may be out of date: it only saves asking. */
const healthMemory = new HealthMemory();
export const retryBudgets = new RetryBudgets();

/** The health of providers, as one request sees it. */
export function routerHealth({ env, ctx }: Incoming, catalog: Catalog): RouterHealth {
  return new RouterHealth(healthMemory, {
    provider: (name) => env.PROVIDER_HEALTH.getByName(name),
    breakerConfig: (name) => catalog.providers.get(name)?.breaker ?? defaultBreakerConfig,
    site: (name) => providerSite(catalog, name),
    waitUntil: (work) => ctx.waitUntil(work),
    nowMs: steadyNowMs,
    sleep: (ms) => scheduler.wait(ms),
    onProblem: (provider, error) => {
      log('warn', 'health-unreachable', { provider, error: String(error) });
    },
  });
}
