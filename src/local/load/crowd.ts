/**
 * The clients of a scenario: so many connections at once, each making one call after another until the limit is used
 * up, the time is over or the calls are. Some leave in the middle. What they saw is counted; what it means is judged
 * elsewhere.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ConnectionLost, HttpConnection, NotConnected, requestBytes } from './http-connection.ts';
import { headerOf } from './response-parser.ts';

export interface CrowdPlan {
  readonly url: URL;
  readonly apiKey: string;
  readonly model: string;
  /** Whose tally it goes to at the fake provider. */
  readonly user: string;
  readonly connections: number;
  readonly callsMax: number;
  readonly msMax: number;
  readonly prompt: string;
  /** The client's own output cap; absent where Weir is to choose one. */
  readonly maxTokens?: number;
  /** The share of calls that stream, in percent, and the share whose client leaves before the end. */
  readonly streamPercent?: number;
  readonly leavePercent?: number;
  /** When a client that leaves does so; a stream's, counted from its first byte. */
  readonly leaveAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long a refused client waits before the next call. Not what it was told: it tries to get past the limit. */
  readonly refusedWaitMs: number;
  /** How long a client waits whose connection was lost: the gateway may be starting again. */
  readonly lostWaitMs: number;
  /** How long the crowd goes on after its first refusal, where it does not stop when the limit is used up. */
  readonly msAfterRefusal?: number;
  /** Whether a client stops at a refusal that says that repeating it is no use. */
  readonly stopWhenUsedUp: boolean;
}

export interface CrowdReport {
  calls: number;
  completed: number;
  refused: number;
  left: number;
  /** The connection was lost, though nobody left: the gateway went away, or cut a stream whose provider did. */
  lost: number;
  /** There was no gateway to connect to. Not among the calls. */
  unsent: number;
  /** Any other answer, by its status and code. */
  readonly others: Map<string, number>;
  /** Of calls that got past the limit, as far as the client was told. */
  readonly requestIds: string[];
  readonly completedMs: number[];
  /** Refusals that lacked the headers or the body that `surface` promises. */
  malformedRefusals: number;
}

export function emptyReport(): CrowdReport {
  return {
    calls: 0,
    completed: 0,
    refused: 0,
    left: 0,
    lost: 0,
    unsent: 0,
    others: new Map(),
    requestIds: [],
    completedMs: [],
    malformedRefusals: 0,
  };
}

/** Resolves when every client has stopped. */
export async function runCrowd(plan: CrowdPlan, report: CrowdReport): Promise<void> {
  const hardDeadlineMs = performance.now() + plan.msMax;
  let refusedAtMs = Number.POSITIVE_INFINITY;
  const hasTime = (): boolean =>
    performance.now() < Math.min(hardDeadlineMs, refusedAtMs + (plan.msAfterRefusal ?? Number.POSITIVE_INFINITY));
  const clients = Array.from({ length: plan.connections }, async () => {
    const connection = new HttpConnection(plan.url);
    try {
      while (report.calls < plan.callsMax && hasTime()) {
        const next = await oneCall(plan, report, connection, report.unsent + report.calls++);
        if (next === 'used-up' && plan.stopWhenUsedUp) return;
        if (next === 'refused' || next === 'used-up') refusedAtMs = Math.min(refusedAtMs, performance.now());
        if (next !== 'served') await sleep(next === 'lost' ? plan.lostWaitMs : plan.refusedWaitMs);
      }
    } finally {
      connection.leave();
    }
  });
  await Promise.all(clients);
}

type Next = 'served' | 'refused' | 'used-up' | 'failed' | 'lost';

async function oneCall(
  plan: CrowdPlan,
  report: CrowdReport,
  connection: HttpConnection,
  number: number,
): Promise<Next> {
  const stream = share(plan.streamPercent, number, 7);
  const leaves = share(plan.leavePercent, number, 13);
  const leaveMs = (plan.leaveAfterMs ?? 0) * (((number * 29) % 100) / 50);
  let body = '';
  const departure = new AbortController();
  departure.signal.addEventListener('abort', () => {
    connection.leave();
  });
  let timer: NodeJS.Timeout | undefined;
  const leaveSoon = (): void => {
    timer ??= setTimeout(() => {
      departure.abort();
    }, leaveMs);
  };
  const startedMs = performance.now();
  if (leaves && !stream) leaveSoon();
  try {
    const answer = await connection.request(callBytes(plan, number, stream), (bytes) => {
      if (leaves && stream) leaveSoon();
      if (body.length < 100_000) body += bytes.toString('latin1');
    });
    return judge(report, answer, body, performance.now() - startedMs);
  } catch (error) {
    if (error instanceof NotConnected) {
      report.calls--;
      report.unsent++;
      return 'lost';
    }
    if (!(error instanceof ConnectionLost)) throw error;
    const hasLeft = departure.signal.aborted;
    if (hasLeft) report.left++;
    else report.lost++;
    const requestId = headerOf(error.head, 'x-request-id');
    if (requestId !== undefined && error.head.startsWith('http/1.1 200')) report.requestIds.push(requestId);
    return hasLeft ? 'served' : 'lost';
  } finally {
    clearTimeout(timer);
  }
}

function judge(report: CrowdReport, answer: Answer, body: string, elapsedMs: number): Next {
  const requestId = headerOf(answer.head, 'x-request-id');
  if (answer.status === 200) {
    if (requestId !== undefined) report.requestIds.push(requestId);
    const failed = body.includes('data: {"error"') || body === '';
    if (failed) {
      count(report.others, 'error in stream');
      return 'failed';
    }
    report.completed++;
    report.completedMs.push(elapsedMs);
    return 'served';
  }
  const code = /"code":"([a-z_]+)"/.exec(body)?.[1] ?? 'no code';
  if (answer.status === 429 && code !== 'provider_rate_limited') {
    report.refused++;
    const shouldRetry = headerOf(answer.head, 'x-should-retry');
    if (shouldRetry === undefined || !body.includes('"limit":{')) report.malformedRefusals++;
    return shouldRetry === 'false' ? 'used-up' : 'refused';
  }
  // Of a call that nobody was asked to serve there is nothing to record.
  if (requestId !== undefined && code !== 'provider_unavailable') report.requestIds.push(requestId);
  count(report.others, `${answer.status} ${code}`);
  return 'failed';
}

function callBytes(plan: CrowdPlan, number: number, stream: boolean): Buffer {
  const body = JSON.stringify({
    model: plan.model,
    messages: [{ role: 'user', content: plan.prompt }],
    ...(plan.maxTokens === undefined ? {} : { max_tokens: plan.maxTokens }),
    // Without the usage chunk half of the time: the gateway must learn it all the same.
    ...(stream ? { stream, ...(number % 2 === 0 ? { stream_options: { include_usage: true } } : {}) } : {}),
    user: plan.user,
    metadata: { call: `${plan.user}-${number}`, sent_at: String(Date.now()) },
  });
  const headers = { authorization: `Bearer ${plan.apiKey}`, 'content-type': 'application/json', ...plan.headers };
  return requestBytes('POST', plan.url, '/v1/chat/completions', headers, body);
}

/** Whether this call is of the given share; `step` is prime to 100, so that shares of different steps mix. */
function share(percent: number | undefined, number: number, step: number): boolean {
  return (number * step) % 100 < (percent ?? 0);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
