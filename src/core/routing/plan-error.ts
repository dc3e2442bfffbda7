import type { Catalog } from '../../catalog/schema.ts';
import type { CooldownReason } from '../breaker/credential-cooldowns.ts';
import { GatewayError } from '../../http/errors.ts';
import type { Endpoint } from '../ledger/limit.ts';
import type { Skip, SkipReason } from './targets.ts';
import { type UnmetNeed, unmetNeedText } from './unmet-need.ts';

/** How near a skipped target came to being tried. The client is told what kept the nearest from it. */
const nearness: readonly SkipReason['kind'][] = [
  'test-key',
  'model-not-allowed',
  'provider-not-allowed',
  'provider-not-asked-for',
  'endpoint-not-served',
  'need-unmet',
  'provider-off',
  'credential-out',
  'breaker-open',
];

/** Whether the key may not use the target. */
export function isDenial({ kind }: SkipReason): boolean {
  return kind === 'test-key' || kind === 'model-not-allowed' || kind === 'provider-not-allowed';
}

interface About {
  readonly catalog: Catalog;
  readonly nowMs: number;
  readonly endpoint: Endpoint;
  /** Where the name is in the request. */
  readonly param?: string;
}

/** What the client is told when no target can be tried. */
export function noAttemptError(
  names: readonly string[],
  skips: readonly Skip[],
  { catalog, nowMs, endpoint, param = 'model' }: About,
): GatewayError {
  const model = names.map((name) => `'${name}'`).join(' or ');
  const [nearest] = skips.toSorted(
    (one, other) => nearness.indexOf(other.reason.kind) - nearness.indexOf(one.reason.kind),
  );
  const providers = [...new Set(skips.map(({ provider }) => provider))].join(', ');
  switch (nearest?.reason.kind) {
    case undefined:
      return catalog.emergency === undefined
        ? new GatewayError('configuration_error', `The route ${model} leads to no model. Ask an admin to see to it.`)
        : unavailable(`Everything goes to ${catalog.emergency} for now, which doesn't serve ${model}.`);
    case 'test-key':
      return notAllowed(
        `A test key reaches only the echo provider, which doesn't serve ${model}. Try the model 'echo'.`,
        param,
      );
    case 'model-not-allowed':
      return notAllowed(`This key may not use ${model}. GET /v1/models lists what it may.`, param);
    case 'provider-not-allowed':
      return notAllowed(`This key may not use the providers of ${model}, which are ${providers}.`, param);
    case 'provider-not-asked-for': {
      const message =
        `${model} is served by ${providers}, and not by the provider asked for. ` +
        `Leave x-gateway-provider out, or ask for one of these.`;
      return new GatewayError('invalid_request', message, { param: 'x-gateway-provider' });
    }
    case 'endpoint-not-served': {
      const message = `${model} can't be used at ${paths[endpoint]}.${whereServed(skips, catalog)}`;
      return new GatewayError('invalid_request', message, { param: 'model' });
    }
    case 'need-unmet':
      return needError(names, model, skips);
    case 'provider-off':
      return unavailable(`No provider of ${model} is set up: ${offProviders(skips)}.`);
    case 'credential-out':
    case 'breaker-open':
      return comesBack(model, skips, nowMs);
  }
}

const paths: Readonly<Record<Endpoint, string>> = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
  embeddings: '/v1/embeddings',
};

function whereServed(skips: readonly Skip[], catalog: Catalog): string {
  const refusing = skips.filter(({ reason }) => reason.kind === 'endpoint-not-served');
  const endpoints = refusing.flatMap(({ modelName }) => catalog.models.get(modelName)?.endpoints ?? []);
  const served = [...new Set(endpoints)].map((each) => paths[each]);
  return served.length === 0 ? '' : ` It is made for ${served.join(', ')}.`;
}

/** Names each model with what it lacks, and the first thing that could be left out. */
function needError(names: readonly string[], model: string, skips: readonly Skip[]): GatewayError {
  const lacking = skips.flatMap(({ modelName, reason }) =>
    reason.kind === 'need-unmet' ? [{ modelName, need: reason.need }] : [],
  );
  const texts = [...new Set(lacking.map(({ modelName, need }) => `'${modelName}' ${unmetNeedText(need)}`))];
  const found = `${texts.join('; ')}.`;
  const isItself = names.length === 1 && lacking.every(({ modelName }) => modelName === names[0]);
  const [first] = lacking.flatMap(({ need }) => (need.kind === 'context' ? [] : [need]));
  if (first === undefined) {
    const message = `The input is too long: ${found} Shorten it, or use a model with a larger context.`;
    return new GatewayError('context_length_exceeded', message, { param: 'model' });
  }
  const message = `${isItself ? '' : `${model} can't serve this request: `}${found} ${remedy(first)}`;
  return new GatewayError('unsupported_parameter', message, { param: first.param });
}

function remedy(need: Exclude<UnmetNeed, { kind: 'context' }>): string {
  // The type of a part can't be left out alone.
  const left = `Leave '${need.param.replace(/\.type$/, '')}' out, or use a model that `;
  switch (need.kind) {
    case 'media':
      return `${left}takes it.`;
    case 'tools':
      return `${left}has tools.`;
    case 'structured-output':
      return `${left}can be.`;
  }
}

/** The client may come back as soon as one of the targets may be tried again. */
function comesBack(model: string, skips: readonly Skip[], nowMs: number): GatewayError {
  const out = skips.flatMap(({ provider, reason }) => ('untilMs' in reason ? [{ provider, reason }] : []));
  const retryAfterMs = Math.max(0, Math.min(...out.map(({ reason }) => reason.untilMs)) - nowMs);
  const options = { retryAfterMs, shouldRetry: true };
  const providers = [...new Set(out.map(({ provider }) => provider))].join(', ');
  const credentials = out.flatMap(({ reason }) => (reason.kind === 'credential-out' ? [reason.why] : []));
  if (credentials.length < out.length) {
    return new GatewayError('provider_unavailable', `No provider of ${model} is answering: ${providers}.`, options);
  }
  if (credentials.includes('rate-limited')) {
    return new GatewayError(
      'provider_rate_limited',
      `Every provider of ${model} is rate limited: ${providers}.`,
      options,
    );
  }
  const whys = [...new Set(credentials)].map((why) => credentialText[why]).join(' or ');
  const message = `The gateway's credentials for ${providers} ${whys}. Its operator must see to it.`;
  return new GatewayError('provider_error', message, { shouldRetry: false });
}

const credentialText: Readonly<Record<CooldownReason, string>> = {
  'out-of-credit': 'have run out of credit',
  'rate-limited': 'are rate limited',
  forbidden: 'are not allowed to make this call',
  unauthorized: 'are refused',
};

function offProviders(skips: readonly Skip[]): string {
  const off = skips.flatMap(({ provider, reason }) =>
    reason.kind === 'provider-off' ? [`${provider} ${reason.why}`] : [],
  );
  return [...new Set(off)].join(', ');
}

function unavailable(message: string): GatewayError {
  return new GatewayError('provider_unavailable', message, { shouldRetry: false });
}

function notAllowed(message: string, param: string): GatewayError {
  return new GatewayError('model_not_allowed', message, { param });
}
