import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { reportedTokensMax } from '../../../src/limits.ts';
import { replaceFetch } from '../../support/gateway-provider.ts';
import { type Scene, Stage, checkNextIsServed, namedGenerating, namedScenes } from './stage.ts';
import type { Spoken } from './spoken.ts';

/** The reported usage decides the charge, so it is believed only if it can be true. */

beforeEach(() => replaceFetch());
afterEach(() => void vi.restoreAllMocks());

type Said = (said: Spoken) => unknown;

/** These are not believed: the charge covers at least what came, within the hold. */
const unbelievable: readonly (readonly [string, Said])[] = [
  ['absent', () => undefined],
  ['null', () => null],
  ['a text', () => '40 tokens'],
  ['a number', () => 100],
  ['a list', () => [40, 60]],
  ['an empty object', () => ({})],
  ['negative', ({ usage }) => usage(-40, -60)],
  ['a fraction', ({ usage }) => usage(40.5, 60.5)],
  ['in digits', ({ usage }) => usage('40', '60')],
  ['null in all its parts', ({ usage }) => usage(null, null)],
  ['nothing', ({ usage }) => usage(0, 0)],
  ['more than there can be', ({ usage }) => usage(reportedTokensMax + 1, reportedTokensMax + 1)],
  ['astronomical', ({ usage }) => usage(1e300, 1e300)],
  ['not a number', ({ usage }) => usage({ tokens: 40 }, [60])],
];

/** The charge covers the input and at least the output that was seen. */
const leastNanoUsd = 9 * 2000;

describe.each(namedScenes)('%s', (_name, scene: Scene) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scene);
  });

  test.each(unbelievable)('charges by what was seen where the usage is %s', async (_what, said) => {
    const { verdict, record, posted, held } = await stage.ask(stage.answering({}, said));
    expect(verdict).toBe('answer');
    expect(record).toMatchObject({ end: 'completed', estimated: true, breach: false });
    expect(posted).toBeGreaterThanOrEqual(leastNanoUsd);
    expect(posted).toBeLessThanOrEqual(held);
  });

  test('charges what is reported beyond the hold, and records it as a breach', async () => {
    const huge: Said = ({ usage }) => usage(1_000_000, 60);
    const { verdict, record, posted, held } = await stage.ask(stage.answering({}, huge));
    expect({ verdict, breach: record['breach'], estimated: record['estimated'] }).toEqual({
      verdict: 'answer',
      breach: true,
      estimated: false,
    });
    expect(posted).toBeGreaterThan(held);
    expect(posted).toBe(stage.plainNanoUsd + (1_000_000 - 40) * 1000);
    await checkNextIsServed(stage);
  });
});

describe.each(namedGenerating)('%s', (_name, scene: Scene) => {
  test('does not believe that less came than has come', async () => {
    const stage = await Stage.open(scene);
    const { verdict, record, posted, held } = await stage.ask(stage.answering({}, ({ usage }) => usage(40, 1)));
    expect({ verdict, estimated: record['estimated'] }).toEqual({ verdict: 'answer', estimated: true });
    expect(posted).toBeGreaterThanOrEqual(leastNanoUsd);
    expect(posted).toBeLessThanOrEqual(held);
  });
});
