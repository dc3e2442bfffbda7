import { servedModel } from '../catalog/resolve.ts';
import { GatewayError } from '../http/errors.ts';
import { formatUsd } from '../ledger/units.ts';
import { streamType } from './idempotency.ts';
import { limitHeaders } from './limit-headers.ts';
import { routeText } from '../routing/route-choice.ts';
import type { CallOutcome } from './relay-outcome.ts';
import type { Progress } from './progress.ts';
import { ownCap } from './output-cap.ts';
import type { AboutCall } from './settlement.ts';

/** The headers of an answer. `outcome` is what it came to, where that is known before the headers leave. */
export function answerHeaders(about: AboutCall, outcome: CallOutcome | undefined): Record<string, string> {
  const { admitted, progress, attempt, result, exchange, input } = about;
  const { view, prepared } = admitted;
  const { grant, spentNanoUsd } = progress;
  const { route } = prepared.plan;
  const call = {
    endpoint: input.call.wire,
    model: servedModel(attempt.candidate),
    atMs: exchange.startedAtMs,
  } as const;
  // Where the limits have changed since the call was planned, its standings are those of others: then nothing is said.
  const isOfView = grant.policyVersion === view.version && grant.planVersion === view.planVersion;
  const headers: Record<string, string> = {
    ...(isOfView ? limitHeaders(view.limits, grant, call, outcome) : {}),
    'content-type': result.kind === 'answered' ? result.contentType : streamType,
    'x-gateway-provider': attempt.provider.name,
    'x-gateway-model': attempt.candidate.modelName,
    'x-gateway-attempts': String(progress.attempts),
  };
  if (route !== undefined) headers['x-gateway-route'] = routeText(route);
  if (result.providerRequestId !== undefined) headers['x-gateway-provider-request-id'] = result.providerRequestId;
  if (prepared.setsCap && grant.cap !== ownCap(input.call)?.value) headers['x-gateway-output-cap'] = String(grant.cap);
  if (outcome !== undefined) headers['x-gateway-cost-usd'] = formatUsd(outcome.nanoUsd + spentNanoUsd);
  return headers;
}

/** An error, with who was tried last, how often anyone was, and what that was charged; as it is where nobody was. */
export function withAttempts(thrown: unknown, { attempt, attempts, owed, spentNanoUsd }: Progress): unknown {
  if (!(thrown instanceof GatewayError) || attempt === undefined) return thrown;
  const headers = {
    'x-gateway-provider': attempt.provider.name,
    'x-gateway-attempts': String(attempts),
    'x-gateway-cost-usd': formatUsd(owed.nanoUsd + spentNanoUsd),
  };
  return new GatewayError(thrown.code, thrown.message, { ...thrown.options, headers });
}
