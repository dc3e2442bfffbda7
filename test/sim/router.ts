import type { HoldId } from '../../src/core/ledger/command.ts';
import { simSecretHash as secretHash } from './written-account.ts';
import type { Grant, Idempotency } from '../../src/core/account/protocol.ts';
import type { CallFacts } from '../../src/core/account/record.ts';
import { broken } from './broken-promise.ts';
import type { Outcome } from './instance.ts';
import type { Asking } from './naive-answers.ts';
import { askingOfResponses, responseGiven } from './asking-of-responses.ts';
import { givenAnswer } from './naive-claims.ts';
import type { NaiveLedger } from './naive-ledger.ts';
import { givenResponse } from './naive-responses.ts';
import type { Keyed, Shape, Step } from './step.ts';

export interface Call {
  readonly name: string;
  readonly shape: Shape;
  readonly idempotency: Idempotency | undefined;
  /** What its router knows: nothing, if the answer was lost. */
  grant: { readonly holdId: HoldId; readonly tokens: number; readonly nanoUsd: number } | undefined;
  /** The last attempt it asked for, and the last that it knows was granted. */
  attempt: number;
  grantedAttempt: number;
  /** For how long its router goes on renewing its lease. */
  callMs?: number | undefined;
}

export type CallStep = Extract<
  Step,
  { readonly do: 'repeat' | 'void' | 'settle' | 'recall' | 'extend' | 'resolve' | 'read' | 'forget' }
>;

type SettleStep = Extract<Step, { readonly do: 'settle' }>;

/**
 * The routers, all of them together: what they ask, and what they come to know by the answers that reach them. What
 * they were told must be on disk by then, whatever happens to the actor.
 */
export class Routers {
  readonly calls: Call[] = [];
  policyVersion = 0;
  /** Granted, and not yet ended as far as its router knows. */
  #running: Call[] = [];
  readonly #ledger: NaiveLedger;

  constructor(ledger: NaiveLedger) {
    this.#ledger = ledger;
  }

  newCall(shape: Shape, keyed: Keyed | undefined, callMs?: number): Call {
    const name = `call-${this.calls.length}`;
    const idempotency = keyed && { key: `key-${keyed.key}`, bodyHash: `body-${keyed.body}` };
    const call: Call = { name, shape, idempotency, grant: undefined, attempt: 1, grantedAttempt: 1, callMs };
    this.calls.push(call);
    this.#ledger.claims.expect(name, idempotency);
    return call;
  }

  /**
   * The call with that place among all there were; or, counted from the end, among those that its router believes open.
   */
  callAt(place: number): Call | undefined {
    const calls = place < 0 ? this.#running : this.calls;
    return calls.length === 0 ? undefined : calls.at(place % calls.length);
  }

  /** What a step has the router of a call ask; undefined where it knows too little to. */
  asking(call: Call, step: CallStep): Asking | undefined {
    switch (step.do) {
      case 'repeat':
        return this.admit(call);
      case 'void':
        return { type: 'void', name: call.name };
      case 'settle':
        return this.#settle(call, step);
      case 'recall':
        return this.#recall(call);
      case 'extend':
        return this.#extend(call, step.again, step.spent, step.shape);
      default:
        return askingOfResponses(call, step, this.#ledger.responses.everKept);
    }
  }

  admit({ name, shape, idempotency }: Call): Asking {
    const { endpoint, stream, bounded, ...bound } = shape;
    const call = { name, endpoint, stream, bounded, bound };
    const versions = { policyVersion: this.policyVersion, planVersion: 0 };
    return { type: 'admit', request: { secretHash, ...versions, call, ...(idempotency && { idempotency }) } };
  }

  #recall({ name, shape, idempotency }: Call): Asking | undefined {
    if (idempotency === undefined) return undefined;
    return { type: 'recall', request: { secretHash, name, endpoint: shape.endpoint, idempotency } };
  }

  #extend(call: Call, again: boolean, spent: number, shape: Shape): Asking | undefined {
    if (call.grant === undefined) return undefined;
    if (!again || call.attempt === 1) call.attempt += 1;
    const { holdId, tokens, nanoUsd } = call.grant;
    const { endpoint: _endpoint, stream: _stream, bounded: _bounded, ...bound } = shape;
    const amounts = { spentTokens: Math.floor(tokens * spent), spentNanoUsd: Math.floor(nanoUsd * spent) };
    return { type: 'extend', request: { holdId, attempt: call.attempt, ...amounts, bound } };
  }

  #settle(call: Call, { used, knows, given = 'answered', response }: SettleStep): Asking | undefined {
    if (call.grant === undefined) return undefined;
    const { holdId, tokens, nanoUsd } = call.grant;
    const amounts = { tokens: Math.floor(tokens * used), nanoUsd: Math.floor(nanoUsd * used) };
    const attempt = knows ? {} : { attempt: call.grantedAttempt };
    const { answer, ...facts } = givenAnswer(call.name, given);
    const kept = response && givenResponse(responseGiven(call, response, this.#ledger.responses.everKept));
    const metadata = { ...facts.metadata, ...(kept && { response: kept.said }) };
    const request = { holdId, ...attempt, ...amounts, facts: { ...factsOf(call), ...facts, metadata } };
    return {
      type: 'settle',
      request: { ...request, ...(answer && { answer }), ...(kept && { response: kept.response }) },
    };
  }

  /** Something that no router would ask. It must fail alone, and harm nobody. */
  nonsense(what: 'bound' | 'amount'): Asking {
    const { calls } = this;
    const name = `nonsense-${calls.length}`;
    const call: Call = {
      name,
      shape: wrongShape,
      idempotency: undefined,
      grant: undefined,
      attempt: 1,
      grantedAttempt: 1,
    };
    if (what === 'bound') return this.admit(call);
    const holdId = this.#ledger.open.keys().next().value ?? '1.0';
    const facts = factsOf(call);
    return { type: 'settle', request: { holdId, tokens: -1, nanoUsd: 0, facts } };
  }

  /** A router hears an answer. Told that its policy is stale, it takes the new one and has to ask again. */
  hear(call: Call | undefined, { asking, reply }: Outcome): Call | undefined {
    if (reply === undefined || !('kind' in reply)) return undefined;
    const { ends, endedNames } = this.#ledger;
    if (reply.kind === 'stale' && 'account' in reply) {
      // A view of the account has its version.
      this.policyVersion = (reply.account as { version: number }).version;
      return call;
    }
    if (reply.kind === 'granted' && call !== undefined) {
      // By the protocol, what was granted is a grant.
      const { holdId, tokens, nanoUsd } = reply as unknown as Grant;
      if (!ends.has(holdId)) broken('durable', `${call.name} was told of hold ${holdId}, which is not on disk`);
      if (asking.type === 'extend') call.grantedAttempt = asking.request.attempt;
      call.grant = { holdId, tokens, nanoUsd };
      if (ends.get(holdId) === 'open' && !this.#running.includes(call)) this.#running.push(call);
    }
    if (asking.type === 'settle' || asking.type === 'void') this.#running = this.#running.filter((one) => one !== call);
    if (reply.kind === 'settled' && asking.type === 'settle') {
      const end = ends.get(asking.request.holdId);
      if (end !== 'settled' && end !== 'corrected') {
        broken('durable', `the settlement of ${asking.request.holdId} was answered, and it is ${end} on disk`);
      }
    }
    if (reply.kind === 'voided' && asking.type === 'void' && !endedNames.has(asking.name)) {
      broken('durable', `the void of ${asking.name} was answered, and is not on disk`);
    }
    return undefined;
  }
}

const wrongShape: Shape = {
  endpoint: 'chat',
  stream: false,
  bounded: true,
  model: 'gpt-5',
  fixedTokens: -1,
  fixedNanoUsd: 0,
  tokensPerCapToken: 0,
  picoUsdPerCapToken: 0,
  capWanted: 0,
  capLeast: 0,
};

function factsOf({ name, shape, attempt }: Call): CallFacts {
  return {
    requestedModel: shape.model,
    model: shape.model,
    provider: 'echo',
    providerModel: shape.model,
    attempts: attempt,
    status: 200,
    end: 'completed',
    estimated: false,
    inputTokens: shape.fixedTokens,
    cachedInputTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    startedAtMs: 0,
    durationMs: 1,
    providerRequestId: name,
  };
}
