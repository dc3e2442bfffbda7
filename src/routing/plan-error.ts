import type { Catalog, Provider } from '../catalog/schema.ts';
import { GatewayError } from '../http/errors.ts';
import type { Denial } from './permission.ts';
import type { Skip, SkipReason } from './plan.ts';

export interface Denied {
  readonly kind: Denial | 'provider-not-asked-for' | 'kind-not-served' | 'provider-off';
}

/** How near a target that is not tried came to it. What stood in the way of the nearest is what the client is told. */
const nearness: readonly SkipReason['kind'][] = [
  'test-key',
  'model-not-allowed',
  'provider-not-allowed',
  'provider-not-asked-for',
  'kind-not-served',
  'provider-off',
  'credential-out',
  'breaker-open',
];

/** What the client is told where nothing of a plan can be tried. */
export function noAttemptError(
  model: string,
  skips: readonly Skip[],
  { catalog, nowMs }: { readonly catalog: Catalog; readonly nowMs: number },
): GatewayError {
  const [nearest] = skips.toSorted(
    (one, other) => nearness.indexOf(other.reason.kind) - nearness.indexOf(one.reason.kind),
  );
  const providers = [...new Set(skips.map(({ provider }) => provider))].join(', ');
  switch (nearest?.reason.kind) {
    case undefined:
      return unavailable(`Everything goes to ${catalog.emergency} for now, which doesn't serve '${model}'.`);
    case 'test-key':
      return notAllowed(
        `A test key reaches only the echo provider, which doesn't serve '${model}'. Try the model 'echo'.`,
      );
    case 'model-not-allowed':
      return notAllowed(`This key may not use '${model}'. GET /v1/models lists what it may.`);
    case 'provider-not-allowed':
      return notAllowed(`This key may not use the providers of '${model}', which are ${providers}.`);
    case 'provider-not-asked-for': {
      const message =
        `'${model}' is served by ${providers}, and not by the provider asked for. ` +
        `Leave x-gateway-provider out, or ask for one of these.`;
      return new GatewayError('invalid_request', message, { param: 'x-gateway-provider' });
    }
    case 'kind-not-served':
      return new GatewayError('invalid_request', `'${model}' can't be used at this endpoint.`, { param: 'model' });
    case 'provider-off':
      return unavailable(`No provider of '${model}' is set up: ${offProviders(skips, catalog)}.`);
    case 'credential-out':
    case 'breaker-open':
      return comesBack(model, skips, nowMs);
  }
}

/** At least one target will be tried again some time: as soon as that is, the client may come back. */
function comesBack(model: string, skips: readonly Skip[], nowMs: number): GatewayError {
  const out = skips.flatMap(({ provider, reason }) => ('untilMs' in reason ? [{ provider, reason }] : []));
  const retryAfterMs = Math.max(0, Math.min(...out.map(({ reason }) => reason.untilMs)) - nowMs);
  const options = { retryAfterMs, shouldRetry: true };
  const providers = [...new Set(out.map(({ provider }) => provider))].join(', ');
  const credentials = out.flatMap(({ reason }) => (reason.kind === 'credential-out' ? [reason.why] : []));
  if (credentials.length < out.length) {
    return new GatewayError('provider_unavailable', `No provider of '${model}' is answering: ${providers}.`, options);
  }
  if (credentials.includes('rate-limited')) {
    return new GatewayError(
      'provider_rate_limited',
      `Every provider of '${model}' is rate limited: ${providers}.`,
      options,
    );
  }
  const message =
    `The gateway's credentials for ${providers} are refused ` +
    `(${[...new Set(credentials)].join(', ')}). Its operator must see to it.`;
  return new GatewayError('provider_error', message, { shouldRetry: false });
}

function offProviders(skips: readonly Skip[], catalog: Catalog): string {
  const off = skips.filter(({ reason }) => reason.kind === 'provider-off').map(({ provider }) => provider);
  return [...new Set(off)].map((name) => `${name}${wanted(catalog.providers.get(name))}`).join(', ');
}

function wanted(provider: Provider | undefined): string {
  if (provider?.enabled !== true || !('endpoints' in provider)) return ' is turned off';
  const secrets = provider.endpoints.flatMap(({ secret }) => secret ?? []);
  return secrets.length === 0 ? ' is turned off' : ` wants ${[...new Set(secrets)].join(' or ')}`;
}

function unavailable(message: string): GatewayError {
  return new GatewayError('provider_unavailable', message, { shouldRetry: false });
}

function notAllowed(message: string): GatewayError {
  return new GatewayError('model_not_allowed', message, { param: 'model' });
}
