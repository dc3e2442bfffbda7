/**
 * What the benchmark shows: each round as it is measured, and the medians of the rounds' ratios beside their targets.
 */

import { type Line, showLines } from './lines.ts';
import type { Measured } from './measure.ts';
import { streamLines } from './stream-lines.ts';
import type { StreamRound } from './streams.ts';
import { longChunks } from './upstream-answers.ts';

/** Measured one after another, so that their ratios are of the same minute on the same machine. */
export interface Round {
  readonly nullProxy: Measured;
  readonly oneKey: Measured;
  readonly manyKeys: Measured;
  readonly nullProxyStream: Measured;
  readonly stream: Measured;
  readonly nullProxyAlone: Measured;
  readonly oneKeyAlone: Measured;
  readonly streams: StreamRound;
  readonly peer?: Measured & { readonly name: string };
}

const callLines: readonly Line<Round>[] = [
  {
    what: 'one hot key / null proxy',
    valueOf: ({ oneKey, nullProxy }) => oneKey.perSecond / nullProxy.perSecond,
    unit: 'ratio',
    target: { atLeast: 0.45 },
  },
  {
    what: '100 keys / null proxy',
    valueOf: ({ manyKeys, nullProxy }) => manyKeys.perSecond / nullProxy.perSecond,
    unit: 'ratio',
    target: { atLeast: 0.25 },
  },
  {
    what: 'streaming / null proxy streaming',
    valueOf: ({ stream, nullProxyStream }) => stream.perSecond / nullProxyStream.perSecond,
    unit: 'ratio',
  },
  {
    what: 'one hot key / peer',
    valueOf: ({ oneKey, peer }) => (peer === undefined ? undefined : oneKey.perSecond / peer.perSecond),
    unit: 'ratio',
    target: { atLeast: 1.3 },
  },
  {
    what: 'added at one connection, p50',
    valueOf: ({ oneKeyAlone, nullProxyAlone }) => oneKeyAlone.p50Ms - nullProxyAlone.p50Ms,
    unit: 'ms',
    target: { atMost: 1 },
  },
  {
    what: 'added at one connection, p99',
    valueOf: ({ oneKeyAlone, nullProxyAlone }) => oneKeyAlone.p99Ms - nullProxyAlone.p99Ms,
    unit: 'ms',
  },
  { what: 'null proxy', valueOf: ({ nullProxy }) => nullProxy.perSecond, unit: '/s' },
  { what: 'one hot key', valueOf: ({ oneKey }) => oneKey.perSecond, unit: '/s' },
  { what: '100 keys', valueOf: ({ manyKeys }) => manyKeys.perSecond, unit: '/s' },
  { what: 'null proxy streaming', valueOf: ({ nullProxyStream }) => nullProxyStream.perSecond, unit: '/s' },
  { what: 'streaming', valueOf: ({ stream }) => stream.perSecond, unit: '/s' },
  { what: 'peer', valueOf: ({ peer }) => peer?.perSecond, unit: '/s' },
  { what: 'one hot key, p50 at 64 connections', valueOf: ({ oneKey }) => oneKey.p50Ms, unit: 'ms' },
  { what: 'one hot key, p99 at 64 connections', valueOf: ({ oneKey }) => oneKey.p99Ms, unit: 'ms' },
  { what: 'processor time, null proxy', valueOf: ({ nullProxy }) => nullProxy.processorUs, unit: 'µs' },
  { what: 'processor time, one hot key', valueOf: ({ oneKey }) => oneKey.processorUs, unit: 'µs' },
  { what: 'processor time, 100 keys', valueOf: ({ manyKeys }) => manyKeys.processorUs, unit: 'µs' },
  { what: 'processor time, null proxy streaming', valueOf: (round) => round.nullProxyStream.processorUs, unit: 'µs' },
  { what: 'processor time, streaming', valueOf: ({ stream }) => stream.processorUs, unit: 'µs' },
];

export function showRound(number: number, round: Round): void {
  const { nullProxy, oneKey, manyKeys, nullProxyStream, stream, nullProxyAlone, oneKeyAlone, streams, peer } = round;
  const parts = [
    `null proxy ${perSecond(nullProxy)}`,
    `one key ${perSecond(oneKey)}`,
    `100 keys ${perSecond(manyKeys)}`,
    `streaming ${perSecond(stream)} of ${perSecond(nullProxyStream)}`,
    `alone ${oneKeyAlone.p50Ms.toFixed(2)} of ${nullProxyAlone.p50Ms.toFixed(2)} ms`,
    `200 streams ${chunksPerSecond(streams.many)} of ${chunksPerSecond(streams.manyNull)}`,
    ...(peer === undefined ? [] : [`${peer.name} ${perSecond(peer)}`]),
  ];
  console.log(`round ${number}: ${parts.join(' · ')}`);
}

export function showSummary(rounds: readonly Round[]): void {
  showLines('median of the rounds', callLines, rounds);
  const streams = rounds.map((round) => round.streams);
  showLines('long streams, and client → provider', streamLines, streams);
}

function perSecond(measured: Measured): string {
  return `${measured.perSecond.toFixed(0)}/s`;
}

function chunksPerSecond(measured: Measured): string {
  return `${(measured.perSecond * longChunks).toFixed(0)} chunks/s`;
}
