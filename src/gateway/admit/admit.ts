import { GatewayError } from '../../http/errors.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { modelNames } from '../../core/ledger/limit.ts';
import { assert } from '../../assert.ts';
import type { AccountView, AdmitRequest, Grant, RefusedReply, ReplayReply } from '../../core/account/protocol.ts';
import { AccountClient } from '../request/account-client.ts';
import type { CallSignals } from '../request/call-signals.ts';
import { dearestBound } from '../bound/bound.ts';
import { deniedError } from '../request/caller.ts';
import { droppedHeaders } from '../../http/response-headers.ts';
import { idempotencyError } from '../request/idempotency.ts';
import { type AskedPolicy, policies, askPolicy } from '../request/policy-cache.ts';
import { adjust } from './adjust.ts';
import type { ClientCall } from './client-call.ts';
import { limitHeaders } from './limit-headers.ts';
import { type PreparedCall, noAdjustments, prepareCall } from './plan-call.ts';
import { refusalError } from './refusal-error.ts';
import { steadyNowMs } from '../../steady-time.ts';

export interface AdmittedCall {
  readonly kind: 'admitted';
  readonly call: ClientCall;
  readonly view: AccountView;
  readonly prepared: PreparedCall;
  readonly grant: Grant;
  /** When the granted admit was sent: the lease began no earlier. */
  readonly askedMs: number;
}

/**
 * A policy may change while a call is planned with it. Twice is bad luck; more often means that somebody changes it in
 * a loop.
 */
const roundsMax = 3;

/**
 * Plans with the policy that this isolate knows, and asks the account's actor to admit the call. If the actor knows a
 * newer policy, the call is planned again. If the actor knows the call as a repeat, it answers with the first answer.
 * The router refuses a call by itself only under a policy that the actor has just confirmed: nobody is refused from
 * memory.
 */
export async function admitOrReplay(call: ClientCall): Promise<AdmittedCall | ReplayReply> {
  const { account, incoming, signals } = call;
  let view = policies.get(account.accountId);
  let isConfirmed = false;
  let adjustments = noAdjustments;
  for (let stale = 0; stale < roundsMax;) {
    if (view === undefined) ({ view, isFresh: isConfirmed } = await currentView(call));
    const prepared = prepareCall(call, view, adjustments);
    if (prepared instanceof GatewayError) {
      const replay = await recalled(call);
      if (replay !== undefined) return replay;
      if (isConfirmed) throw prepared;
      view = undefined;
      stale += 1;
      continue;
    }
    const askedMs = steadyNowMs();
    const background = (task: Promise<unknown>): void => incoming.ctx.waitUntil(task);
    const waitMs = view.policy.waitMs ?? 0;
    const answer = account.admit(admitRequest(call, view, prepared), waitMs, background);
    const reply = waitMs === 0 ? await answer : await unlessOver(signals, answer);
    if (reply instanceof GatewayError) {
      background(new AccountClient(incoming.env, account.accountId).voidCall(incoming.requestId));
      throw reply;
    }
    switch (reply.kind) {
      case 'granted':
        return { kind: 'admitted', call, view, prepared, grant: reply, askedMs };
      case 'replay':
        return reply;
      case 'idempotency':
        throw idempotencyError(reply);
      case 'refused': {
        const adjusted = await adjust(reply, prepared, adjustments, call);
        if (adjusted === undefined) {
          throw refusedError(reply, call, view, prepared);
        }
        adjustments = adjusted;
        break;
      }
      case 'denied':
        throw deniedError(reply);
      case 'ended':
        throw new GatewayError('ledger_unavailable', 'This call was given up before it was admitted. Try again.', {
          shouldRetry: true,
        });
      case 'stale':
        view = reply.account;
        isConfirmed = true;
        policies.set(view);
        stale += 1;
    }
  }
  throw new GatewayError('ledger_unavailable', 'The policy of this account keeps changing. Try again.', {
    retryAfterMs: 1000,
    shouldRetry: true,
  });
}

function refusedError(
  reply: RefusedReply,
  { asked }: ClientCall,
  view: AccountView,
  prepared: PreparedCall,
): GatewayError {
  const [{ bound, dropped }] = prepared.attempts;
  const refused = { endpoint: asked.protocol, ...modelNames(bound) };
  // The call may have waited for its turn until now.
  const atMs = Date.now();
  // Where the account stands without the refused call.
  const { standings, above = [] } = reply;
  const standing = { standings, above, tokens: 0, nanoUsd: 0 };
  const headers = { ...limitHeaders(view.limits, standing, { ...refused, atMs }), ...droppedHeaders(dropped) };
  return refusalError(reply, refused, atMs, { headers, disclose: view.policy.disclose });
}

/** As `admitOrReplay`, for a call without an idempotency key, which is never a repeat. */
export async function admitCall(call: Omit<ClientCall, 'idempotency'>): Promise<AdmittedCall> {
  const admitted = await admitOrReplay({ ...call, idempotency: undefined });
  assert(admitted.kind === 'admitted', 'a call without a key is no repeat');
  return admitted;
}

/**
 * Waits for the answer, while the client is there and the call has time left. The platform ends a call soon after its
 * client has left: a turn that comes later would serve nobody, and be paid for in full.
 */
async function unlessOver<T>(
  { client, deadlineMs, timeIsOver, clock }: Omit<CallSignals, 'fence'>,
  answer: Promise<T>,
): Promise<T | GatewayError> {
  const { promise, resolve, reject } = Promise.withResolvers<T | GatewayError>();
  const onAbort = (): void => resolve(new GatewayError('client_left', 'The client left before it was its turn.'));
  const noTurn = `${timeIsOver} It was not the turn of this call.`;
  const onDeadline = (): void => resolve(new GatewayError('provider_timeout', noTurn, { shouldRetry: true }));
  if (client.aborted) onAbort();
  client.addEventListener('abort', onAbort);
  const callOff = clock.after(deadlineMs - steadyNowMs(), onDeadline);
  answer.then(resolve, reject);
  try {
    return await promise;
  } finally {
    client.removeEventListener('abort', onAbort);
    callOff();
  }
}

/** The first answer to a call that can't be made now; undefined if the call is no repeat. */
async function recalled(call: ClientCall): Promise<ReplayReply | undefined> {
  const { asked, caller, idempotency, account, incoming } = call;
  if (idempotency === undefined) return undefined;
  const { secretHash } = caller;
  const recall = { secretHash, name: incoming.requestId, endpoint: asked.protocol, idempotency };
  const reply = await account.ask((actor) => actor.recall(recall));
  if (reply.kind === 'idempotency') throw idempotencyError(reply);
  return reply.kind === 'replay' ? reply : undefined;
}

async function currentView({ caller, account, signals }: ClientCall): Promise<AskedPolicy> {
  const { client, deadlineMs } = signals;
  const isWanted = (): boolean => !client.aborted && steadyNowMs() < deadlineMs;
  const seen = await unlessOver(signals, askPolicy(caller, account, isWanted));
  if (seen instanceof GatewayError) throw seen;
  return seen;
}

function admitRequest(
  { asked, caller, idempotency, purpose, incoming }: ClientCall,
  view: AccountView,
  { attempts, bounded, planLimits }: PreparedCall,
): AdmitRequest {
  return {
    secretHash: caller.secretHash,
    policyVersion: view.version,
    planVersion: view.planVersion,
    ...(planLimits === undefined ? {} : { plan: planLimits }),
    call: {
      name: incoming.requestId,
      endpoint: asked.protocol,
      stream: asked.stream,
      bounded,
      bound: purpose === 'count' ? nothingIn(attempts[0].bound) : dearestBound(attempts),
    },
    ...(idempotency === undefined ? {} : { idempotency }),
  };
}

/** A call that only asks for its size is charged as one request, and nothing else. */
function nothingIn(bound: Bound): Bound {
  return {
    ...modelNames(bound),
    fixedTokens: 0,
    fixedNanoUsd: 0,
    tokensPerCapToken: 0,
    picoUsdPerCapToken: 0,
    capWanted: 1,
    capLeast: 1,
  };
}
