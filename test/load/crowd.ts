/**
 * The clients of a scenario: so many connections at once. Each makes one call after the other until the limit is used
 * up or the time or the calls are over. Some leave in the middle. They count what they see, and others judge it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type CallPlan, type Way, callBytes, endpointOf } from './call-body.ts';
import { type CrowdReport, countIn } from './crowd-report.ts';
import { HttpConnection } from './http-connection.ts';
import { type Asking, type Exchanged, exchange } from './one-exchange.ts';
import { repeatedExchange } from './repeated-exchange.ts';
import { headerOf } from './response-parser.ts';

export interface CrowdPlan extends CallPlan {
  readonly connections: number;
  /** Taken in turn, in place of the one key. */
  readonly apiKeys?: readonly string[];
  readonly callsMax: number;
  readonly msMax: number;
  /** Taken in turn. */
  readonly ways: readonly Way[];
  /** Whether each call has an idempotency key, is made several times at once, and is repeated if it is lost. */
  readonly repeats: boolean;
  /** The share of calls that stream, in percent, and the share whose client leaves before the end. */
  readonly streamPercent?: number;
  readonly leavePercent?: number;
  /** When a leaving client leaves. In a stream the time begins with the first byte. */
  readonly leaveAfterMs?: number;
  /** How long a refused client waits before the next call, whatever it was told: it tries to get past the limit. */
  readonly refusedWaitMs: number;
  /** How long a client waits after it lost its connection. The gateway may be starting again. */
  readonly lostWaitMs: number;
  /** How long the crowd goes on after its first refusal, if it does not stop when the limit is used up. */
  readonly msAfterRefusal?: number;
  /** Whether the crowd has reached its goal. Until then it goes on beyond its time, but not for ever. */
  readonly isSatisfied?: () => boolean;
  /** Whether a client stops at a refusal that is final. */
  readonly stopWhenUsedUp: boolean;
}

const patienceMs = 300_000;
/** The most times that one call is made at once. */
const copiesMax = 3;

/** Resolves when every client has stopped. */
export async function runCrowd(plan: CrowdPlan, report: CrowdReport): Promise<void> {
  const deadlineMs = performance.now() + plan.msMax;
  let refusedAtMs = Number.POSITIVE_INFINITY;
  const hasTime = (): boolean => {
    const nowMs = performance.now();
    if (nowMs >= refusedAtMs + (plan.msAfterRefusal ?? Number.POSITIVE_INFINITY)) return false;
    return nowMs < deadlineMs || (plan.isSatisfied?.() === false && nowMs < deadlineMs + patienceMs);
  };
  const clients = Array.from({ length: plan.connections }, async () => {
    const connections = Array.from({ length: plan.repeats ? copiesMax : 1 }, () => new HttpConnection(plan.url));
    try {
      while (report.calls < plan.callsMax && hasTime()) {
        const next = await oneCall(plan, report, connections, report.unsent + report.calls++);
        if (next === 'used-up' && plan.stopWhenUsedUp) return;
        if (next === 'refused' || next === 'used-up') refusedAtMs = Math.min(refusedAtMs, performance.now());
        if (next !== 'served') await sleep(next === 'lost' ? plan.lostWaitMs : plan.refusedWaitMs);
      }
    } finally {
      for (const connection of connections) connection.leave();
    }
  });
  await Promise.all(clients);
}

type Next = 'served' | 'refused' | 'used-up' | 'failed' | 'lost';

async function oneCall(
  plan: CrowdPlan,
  report: CrowdReport,
  connections: readonly HttpConnection[],
  number: number,
): Promise<Next> {
  const way = plan.ways[number % plan.ways.length];
  const [connection] = connections;
  if (way === undefined || connection === undefined) throw new Error('a crowd needs a way and a connection');
  const stream = way.to !== 'embeddings' && way.to !== 'count' && share(plan.streamPercent, number, 7);
  const leaves = share(plan.leavePercent, number, 13);
  const leaveAfterMs = leaves ? (plan.leaveAfterMs ?? 0) * (((number * 29) % 100) / 50) : undefined;
  const headers = plan.repeats ? { ...plan.headers, 'idempotency-key': `${plan.user}-${number}` } : plan.headers;
  const apiKey = plan.apiKeys?.[number % plan.apiKeys.length] ?? plan.apiKey;
  const bytes = callBytes({ ...plan, apiKey, ...(headers === undefined ? {} : { headers }) }, way, number, stream);
  const asking: Asking = { way, stream, bytes, leaveAfterMs };
  const exchanged = plan.repeats
    ? await repeatedExchange(connections.slice(0, 2 + (number % (copiesMax - 1))), asking, report)
    : await exchange(connection, asking);
  return note(report, way, exchanged);
}

function note(report: CrowdReport, way: Way, exchanged: Exchanged): Next {
  switch (exchanged.kind) {
    case 'unsent':
      report.calls--;
      report.unsent++;
      return 'lost';
    case 'left':
    case 'lost':
      report[exchanged.kind]++;
      if (exchanged.requestId !== undefined) report.requestIds.push(exchanged.requestId);
      return exchanged.kind === 'left' ? 'served' : 'lost';
    case 'answered':
      return noteAnswer(report, way, exchanged);
  }
}

function noteAnswer(report: CrowdReport, way: Way, answered: Extract<Exchanged, { kind: 'answered' }>): Next {
  const { seen, head, elapsedMs } = answered;
  // Only the first of the repeated calls has a record.
  const requestId = headerOf(head, 'x-gateway-original-request-id') ?? headerOf(head, 'x-request-id');
  switch (seen.kind) {
    case 'served':
      if (requestId !== undefined) report.requestIds.push(requestId);
      if (way.to === 'count') report.counted++;
      report.completed++;
      report.completedMs.push(elapsedMs);
      return 'served';
    case 'refused':
      report.refused++;
      countIn(report.refusedAt, endpointOf(way));
      if (!seen.isWellFormed) report.malformedRefusals++;
      return seen.final ? 'used-up' : 'refused';
    case 'failed':
      if (requestId !== undefined && seen.isCall) report.requestIds.push(requestId);
      countIn(report.others, seen.what);
      return 'failed';
    case 'in-progress':
      countIn(report.others, 'still in progress');
      return 'failed';
    case 'malformed':
      if (requestId !== undefined) report.requestIds.push(requestId);
      report.malformedAnswers.push(seen.what);
      return 'failed';
  }
}

/** Whether this call is of the given share; `step` is prime to 100, so that shares of different steps mix. */
function share(percent: number | undefined, number: number, step: number): boolean {
  return (number * step) % 100 < (percent ?? 0);
}
