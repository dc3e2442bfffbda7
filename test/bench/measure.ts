/**
 * One driver for everything that is measured: so many connections, each sending its next request when its last was
 * answered.
 */

import { HttpConnection } from '../load/http-connection.ts';
import { Problem } from '../../src/local/problem.ts';
import { processorMs } from './processor-time.ts';

export interface Target {
  readonly url: URL;
  /** Sent in turn. */
  readonly requests: readonly Buffer[];
  /** What stands in the last of an answer that is complete; an answer with a length of its own needs none. */
  readonly ending?: string;
  /** The process that serves it, where that is known. */
  readonly processId?: () => number | undefined;
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Until the first byte of an answer's body. */
  readonly firstByteP50Ms: number;
  /** Processor time of the process that served them, for one request. */
  readonly processorUs: number | undefined;
}

/** Answers that are refused or wrong would be fast, and mean nothing: the first one ends the measurement. */
export async function measure(target: Target, connections: number, durationMs: number): Promise<Measured> {
  const elapsedMs: number[] = [];
  const firstByteMs: number[] = [];
  const processId = target.processId?.();
  const processorMsBefore = processorMs(processId);
  const startMs = performance.now();
  const endMs = startMs + durationMs;
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new HttpConnection(target.url);
      for (let beganMs = performance.now(); beganMs < endMs;) {
        firstByteMs.push((await oneRequest(connection, target, next++)) - beganMs);
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
  firstByteMs.sort((a, b) => a - b);
  return {
    perSecond: elapsedMs.length / seconds,
    p50Ms: quantile(elapsedMs, 0.5),
    p99Ms: quantile(elapsedMs, 0.99),
    firstByteP50Ms: quantile(firstByteMs, 0.5),
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

/** Answers when the first byte of the answer's body came. */
async function oneRequest(connection: HttpConnection, target: Target, number: number): Promise<number> {
  const { url, requests, ending } = target;
  const request = requests[number % requests.length];
  if (request === undefined) throw new Error('there is nothing to send');
  let firstByteAtMs = 0;
  let beginning = '';
  const last: Buffer[] = [];
  let lastBytes = 0;
  const answer = await connection.request(request, (bytes) => {
    if (firstByteAtMs === 0) {
      firstByteAtMs = performance.now();
      beginning = bytes.toString('latin1', 0, 500);
    }
    if (ending === undefined) return;
    last.push(bytes);
    lastBytes += bytes.length;
    while (lastBytes - (last[0]?.length ?? 0) > endingBytesMax) lastBytes -= last.shift()?.length ?? 0;
  });
  if (answer.status !== 200) throw new Problem(`${url.origin} answered ${answer.status}: ${beginning}`);
  if (ending !== undefined && !Buffer.concat(last).includes(ending)) {
    throw new Problem(`${url.origin} answered without "${ending}": ${Buffer.concat(last).toString().slice(-500)}`);
  }
  return firstByteAtMs;
}

/** In how much of the end of an answer its ending is looked for: the last event of a response has all of its text. */
const endingBytesMax = 16_384;

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
