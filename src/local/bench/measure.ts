/**
 * One driver for everything that is measured: so many connections, each sending its next request when its last was
 * answered.
 */

import { HttpConnection } from '../load/http-connection.ts';
import { Problem } from '../problem.ts';
import { processorMs } from './processor-time.ts';

export interface Target {
  readonly url: URL;
  /** Sent in turn. */
  readonly requests: readonly Buffer[];
  /** The process that serves it, where that is known. */
  readonly processId?: () => number | undefined;
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the process that served them, for one request. */
  readonly processorUs: number | undefined;
}

/** Answers that are refused or wrong would be fast, and mean nothing: the first one ends the measurement. */
export async function measure(target: Target, connections: number, durationMs: number): Promise<Measured> {
  const elapsedMs: number[] = [];
  const processId = target.processId?.();
  const processorMsBefore = processorMs(processId);
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new HttpConnection(target.url);
      for (let beganMs = performance.now(); beganMs < endMs;) {
        await oneRequest(connection, target, next++);
        const answeredMs = performance.now();
        elapsedMs.push(answeredMs - beganMs);
        beganMs = answeredMs;
      }
      connection.leave();
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  const processorMsAfter = processorMs(processId);
  elapsedMs.sort((a, b) => a - b);
  return {
    perSecond: elapsedMs.length / seconds,
    p50Ms: quantile(elapsedMs, 0.5),
    p99Ms: quantile(elapsedMs, 0.99),
    processorUs:
      processorMsBefore === undefined || processorMsAfter === undefined
        ? undefined
        : ((processorMsAfter - processorMsBefore) * 1000) / elapsedMs.length,
  };
}

/** Sends so many requests, however long they take. */
export async function send(target: Target, connections: number, count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new HttpConnection(target.url);
      while (next < count) await oneRequest(connection, target, next++);
      connection.leave();
    }),
  );
}

async function oneRequest(connection: HttpConnection, { url, requests }: Target, number: number): Promise<void> {
  const request = requests[number % requests.length];
  if (request === undefined) throw new Error('there is nothing to send');
  let bytesRead = 0;
  let beginning = '';
  const answer = await connection.request(request, (bytes) => {
    if (bytesRead === 0) beginning = bytes.toString('latin1', 0, 500);
    bytesRead += bytes.length;
  });
  if (answer.status !== 200) throw new Problem(`${url.origin} answered ${answer.status}: ${beginning}`);
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
