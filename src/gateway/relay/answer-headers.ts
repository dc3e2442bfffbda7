import { namesOf } from '../../catalog/resolve.ts';
import { GatewayError } from '../../http/errors.ts';
import { formatUsd } from '../../core/money/usd.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import type { Grant } from '../../core/account/protocol.ts';
import type { AdmittedCall } from '../admit/admit.ts';
import { droppedHeaders } from '../../http/response-headers.ts';
import { streamType } from './kept-answer.ts';
import { limitHeaders } from '../admit/limit-headers.ts';
import { type RouteChoice, routeText } from '../../core/routing/route-choice.ts';
import type { CallOutcome } from '../attempt/call-outcome.ts';
import { ownCap } from '../bound/output-cap.ts';
import type { Progress, ServedCall } from '../attempt/served-call.ts';

/** The headers of an answer. `outcome` is how it ended, if that is known before the headers leave. */
export function answerHeaders(served: ServedCall, outcome: CallOutcome | undefined): Record<string, string> {
  const { admitted, progress, attempt, dropped, searchCap, result } = served;
  const { prepared, call } = admitted;
  const { grant, spentNanoUsd } = progress;
  const headers: Record<string, string> = {
    ...standingAndServer(admitted, { grant, attempt }, outcome),
    'content-type': result.kind === 'answered' ? result.contentType : streamType,
    'x-gateway-attempts': String(progress.attempts),
    ...droppedHeaders(dropped),
  };
  if (result.providerRequestId !== undefined) headers['x-gateway-provider-request-id'] = result.providerRequestId;
  if (prepared.setsCap && grant.cap !== ownCap(call.asked)?.value) headers['x-gateway-output-cap'] = String(grant.cap);
  if (searchCap !== undefined) headers['x-gateway-search-cap'] = String(searchCap);
  if (outcome !== undefined) headers['x-gateway-cost-usd'] = formatUsd(outcome.nanoUsd + spentNanoUsd);
  return headers;
}

/**
 * The headers of a token count, which costs nothing: which model it is for, what the target does not get of the
 * request, and where the account stands.
 */
export function countHeaders(admitted: AdmittedCall): Record<string, string> {
  const [{ attempt, dropped }] = admitted.prepared.attempts;
  return {
    ...standingAndServer(admitted, { grant: admitted.grant, attempt }, undefined),
    ...droppedHeaders(dropped),
    'x-gateway-cost-usd': formatUsd(0),
  };
}

function standingAndServer(
  { view, prepared, call: { asked, incoming } }: AdmittedCall,
  { grant, attempt }: { readonly grant: Grant; readonly attempt: PlannedAttempt },
  outcome: CallOutcome | undefined,
): Record<string, string> {
  const { route } = prepared.plan;
  const { startedAtMs: atMs } = incoming;
  const call = { endpoint: asked.protocol, ...namesOf(attempt.candidate), atMs } as const;
  // If the limits have changed since the call was planned, the standings are those of other limits: then nothing is
  // said.
  const isOfView = grant.policyVersion === view.version && grant.planVersion === view.planVersion;
  return {
    ...(isOfView ? limitHeaders(view.limits, grant, call, outcome) : {}),
    'x-gateway-provider': attempt.provider.name,
    'x-gateway-model': attempt.candidate.modelName,
    ...(route === undefined ? {} : { 'x-gateway-route': routeText(route) }),
  };
}

/**
 * Adds headers to an error: the route, the last target, the number of attempts, the cost, and what that target did not
 * get. An error before any attempt stays as it is.
 */
export function withAttempts(
  thrown: unknown,
  { attempt, dropped, attempts, owed, spentNanoUsd }: Progress,
  route: RouteChoice | undefined,
): unknown {
  if (!(thrown instanceof GatewayError) || attempt === undefined) return thrown;
  return thrown.withHeaders({
    'x-gateway-provider': attempt.provider.name,
    'x-gateway-attempts': String(attempts),
    'x-gateway-cost-usd': formatUsd(owed.nanoUsd + spentNanoUsd),
    ...droppedHeaders(dropped),
    ...(route === undefined ? {} : { 'x-gateway-route': routeText(route) }),
  });
}
