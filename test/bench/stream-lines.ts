/** What the benchmark shows of long streams, and of calls whose client and provider speak different protocols. */

import type { Line } from './lines.ts';
import type { StreamRound, WayMeasured } from './streams.ts';
import { longChunks } from './upstream-answers.ts';
import { type Way, allWays, nameOf, passedThrough, translated } from './ways.ts';

/** What translation of a stream may cost beside passing it through. */
const translationMax = { atMost: 2 };

export const streamLines: readonly Line<StreamRound>[] = [
  {
    what: 'one stream / null proxy',
    valueOf: ({ one, oneNull }) => one.perSecond / oneNull.perSecond,
    unit: 'ratio',
  },
  {
    what: '200 streams / null proxy',
    valueOf: ({ many, manyNull }) => many.perSecond / manyNull.perSecond,
    unit: 'ratio',
  },
  {
    what: 'added to the first byte, p50',
    valueOf: ({ alone, aloneNull }) => alone.firstByteP50Ms - aloneNull.firstByteP50Ms,
    unit: 'ms',
  },
  ...translated.flatMap(comparedWith),
  { what: 'one stream, null proxy', valueOf: ({ oneNull }) => oneNull.perSecond * longChunks, unit: 'chunks/s' },
  { what: 'one stream', valueOf: ({ one }) => one.perSecond * longChunks, unit: 'chunks/s' },
  { what: '200 streams, null proxy', valueOf: ({ manyNull }) => manyNull.perSecond * longChunks, unit: 'chunks/s' },
  { what: '200 streams', valueOf: ({ many }) => many.perSecond * longChunks, unit: 'chunks/s' },
  ...allWays.map((way): Line<StreamRound> => ({
    what: `${nameOf(way)}, a chunk alone`,
    valueOf: (round) => perChunk(measuredOf(round, way)?.single.processorUs),
    unit: 'µs',
  })),
  ...allWays.map((way): Line<StreamRound> => ({
    what: `${nameOf(way)}, a chunk of 8`,
    valueOf: (round) => perChunk(measuredOf(round, way)?.long.processorUs),
    unit: 'µs',
  })),
];

/** A way with a translation in it, beside the one by which the same answers of the same provider are passed through. */
function comparedWith(way: Way): Line<StreamRound>[] {
  const compared = (valueOf: (measured: WayMeasured) => number | undefined) => (round: StreamRound) =>
    ratio(measuredOf(round, way), measuredOf(round, passedThrough[way.provider]), valueOf);
  const name = nameOf(way);
  return [
    { what: `${name}: whole answers`, valueOf: compared(({ whole }) => whole.perSecond), unit: 'ratio' },
    { what: `${name}: streams`, valueOf: compared(({ long }) => long.perSecond), unit: 'ratio' },
    {
      what: `${name}: processor, chunks alone`,
      valueOf: compared(({ single }) => single.processorUs),
      unit: 'ratio',
      target: translationMax,
    },
    {
      what: `${name}: processor, chunks by 8`,
      valueOf: compared(({ long }) => long.processorUs),
      unit: 'ratio',
      target: translationMax,
    },
  ];
}

function measuredOf({ ways }: StreamRound, way: Way): WayMeasured | undefined {
  return ways.get(way);
}

function ratio(
  one: WayMeasured | undefined,
  other: WayMeasured | undefined,
  valueOf: (measured: WayMeasured) => number | undefined,
): number | undefined {
  const above = one === undefined ? undefined : valueOf(one);
  const below = other === undefined ? undefined : valueOf(other);
  return above === undefined || below === undefined ? undefined : above / below;
}

function perChunk(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / longChunks;
}
