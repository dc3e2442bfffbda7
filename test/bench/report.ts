/**
 * What the benchmark shows: each round as it is measured, and the medians of the rounds' ratios beside their targets.
 */

import { type Line, showLines } from './lines.ts';
import type { Measured } from './measure.ts';
import { shareMax } from './others.ts';
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
  readonly nullProxyFew: Measured;
  readonly oneKeyFew: Measured;
  readonly nullProxyAlone: Measured;
  readonly oneKeyAlone: Measured;
  readonly streams: StreamRound;
  readonly peer?: Measured & { readonly name: string };
  /** Of all processors, the share that others have used meanwhile; undefined where nobody tells. */
  readonly othersShare: number | undefined;
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
    target: { atLeast: 1.2 },
  },
  ...latency('one connection', 0.6, ({ oneKeyAlone, nullProxyAlone }) => [oneKeyAlone, nullProxyAlone]),
  ...latency('16 connections', undefined, ({ oneKeyFew, nullProxyFew }) => [oneKeyFew, nullProxyFew]),
  ...latency('64 connections', undefined, ({ oneKey, nullProxy }) => [oneKey, nullProxy]),
  { what: 'null proxy', valueOf: ({ nullProxy }) => nullProxy.perSecond, unit: '/s' },
  { what: 'one hot key', valueOf: ({ oneKey }) => oneKey.perSecond, unit: '/s' },
  { what: '100 keys', valueOf: ({ manyKeys }) => manyKeys.perSecond, unit: '/s' },
  { what: 'null proxy streaming', valueOf: ({ nullProxyStream }) => nullProxyStream.perSecond, unit: '/s' },
  { what: 'streaming', valueOf: ({ stream }) => stream.perSecond, unit: '/s' },
  { what: 'peer', valueOf: ({ peer }) => peer?.perSecond, unit: '/s' },
  { what: 'processor time, null proxy', valueOf: ({ nullProxy }) => nullProxy.processorUs, unit: 'µs' },
  { what: 'processor time, one hot key', valueOf: ({ oneKey }) => oneKey.processorUs, unit: 'µs' },
  { what: 'processor time, 100 keys', valueOf: ({ manyKeys }) => manyKeys.processorUs, unit: 'µs' },
  { what: 'processor time, null proxy streaming', valueOf: (round) => round.nullProxyStream.processorUs, unit: 'µs' },
  { what: 'processor time, streaming', valueOf: ({ stream }) => stream.processorUs, unit: 'µs' },
];

/** What one hot key adds to the null proxy, and what that itself takes. */
function latency(
  at: string,
  p50MsMax: number | undefined,
  pairOf: (round: Round) => readonly [oneKey: Measured, nullProxy: Measured],
): readonly Line<Round>[] {
  const line = (what: string, valueOf: (...pair: ReturnType<typeof pairOf>) => number): Line<Round> => ({
    what,
    valueOf: (round) => valueOf(...pairOf(round)),
    unit: 'ms',
  });
  const added = line(`added at ${at}, p50`, (one, proxy) => one.p50Ms - proxy.p50Ms);
  return [
    p50MsMax === undefined ? added : { ...added, target: { atMost: p50MsMax } },
    line(`added at ${at}, p99`, (one, proxy) => one.p99Ms - proxy.p99Ms),
    line(`null proxy at ${at}, p50`, (_, proxy) => proxy.p50Ms),
    line(`null proxy at ${at}, p99`, (_, proxy) => proxy.p99Ms),
  ];
}

export function showRound(number: number, round: Round): void {
  const { nullProxy, oneKey, manyKeys, nullProxyStream, stream, nullProxyAlone, oneKeyAlone, streams, peer } = round;
  const busy = busyMark(round.othersShare);
  const parts = [
    `null proxy ${perSecond(nullProxy)}`,
    `one key ${perSecond(oneKey)}`,
    `100 keys ${perSecond(manyKeys)}`,
    `streaming ${perSecond(stream)} of ${perSecond(nullProxyStream)}`,
    `alone ${oneKeyAlone.p50Ms.toFixed(2)} of ${nullProxyAlone.p50Ms.toFixed(2)} ms`,
    `200 streams ${chunksPerSecond(streams.many)} of ${chunksPerSecond(streams.manyNull)}`,
    ...(peer === undefined ? [] : [`${peer.name} ${perSecond(peer)}`]),
    ...(busy === undefined ? [] : [busy]),
  ];
  console.log(`round ${number}: ${parts.join(' · ')}`);
}

export function showSummary(rounds: readonly Round[]): void {
  showLines('median of the rounds', callLines, rounds);
  const busy = rounds.filter(({ othersShare }) => busyMark(othersShare) !== undefined).length;
  if (busy > 0) console.log(`BUSY: in ${busy} of ${rounds.length} rounds others took more than ${percent(shareMax)}.`);
  const streams = rounds.map((round) => round.streams);
  showLines('long streams, and client → provider', streamLines, streams);
}

/** What is said of figures while which others took so much of the machine; undefined where they can be believed. */
export function busyMark(othersShare: number | undefined): string | undefined {
  if (othersShare === undefined || othersShare <= shareMax) return undefined;
  return `BUSY: others took ${percent(othersShare)} of the machine`;
}

function percent(share = 0): string {
  return `${(share * 100).toFixed(0)} %`;
}

function perSecond(measured: Measured): string {
  return `${measured.perSecond.toFixed(0)}/s`;
}

function chunksPerSecond(measured: Measured): string {
  return `${(measured.perSecond * longChunks).toFixed(0)} chunks/s`;
}
