import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Reply, replaceFetch } from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import { type Scene, Stage, checkNextIsServed, namedGenerating, namedScenes, namedStreaming, sse } from './stage.ts';
import type { Parts } from './spoken.ts';

/** Answers that arrive whole and are not as expected. */

beforeEach(() => {
  replaceFetch();
  skipRetryWaits();
});
afterEach(() => void vi.restoreAllMocks());

/** These make sense: the client gets an answer, and pays the reported usage. */
const answers: readonly (readonly [string, Parts])[] = [
  ['nothing at all', { empty: true }],
  ['an empty text', { text: '' }],
  ['arguments of a tool that are no JSON', { toolArguments: '{"level": 3' }],
  ['arguments of a tool that are a list', { toolArguments: '[1]' }],
  ['arguments of a tool that are empty', { toolArguments: '' }],
  ['arguments of a tool that are an object already', { toolArguments: { level: 3 } }],
];

/** These make none: the client gets an answer without it, or one error. */
const senseless: readonly (readonly [string, Parts])[] = [
  ['a number for its text', { text: 17 }],
  ['null for its text', { text: null }],
  ['true for its text', { text: true }],
  ['an object for its text', { text: { type: 'text', text: 'Hi' } }],
  ['parts for its text', { text: [{ type: 'text', text: 'Hi' }, 7, null, ['x']] }],
  ['a number for the arguments of a tool', { toolArguments: 17 }],
  ['null for the arguments of a tool', { toolArguments: null }],
];

const doubled = (events: readonly string[]): string[] => events.flatMap((event) => [event, event]);

describe.each(namedGenerating)('%s', (_name, scene: Scene) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scene);
  });

  test.each(answers)('passes on %s', async (_what, parts) => {
    const { verdict, posted } = await stage.ask(stage.answering(parts));
    expect({ verdict, posted }).toEqual({ verdict: 'answer', posted: stage.plainNanoUsd });
  });

  test.each(senseless)('says one thing of %s', async (_what, parts) => {
    const { answer } = await stage.ask(stage.answering(parts));
    expect([200, 502]).toContain(answer.status);
    await checkNextIsServed(stage);
  });
});

describe.each(namedStreaming)('%s', (_name, scene: Scene) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scene);
  });

  test('passes a stream on with events that nobody has heard of', async () => {
    const { unknownEvent } = stage.said;
    const events = stage.said.events(stage.plainUsage).flatMap((event) => [': hm\n\n', unknownEvent, event]);
    const { verdict, posted } = await stage.ask(sse(...events));
    expect({ verdict, posted }).toEqual({ verdict: 'answer', posted: stage.plainNanoUsd });
  });

  test('ends a stream once whose every event comes twice', async () => {
    const { verdict, posted } = await stage.ask(sse(...doubled(stage.said.events(stage.plainUsage))));
    expect({ verdict, posted }).toEqual({ verdict: 'answer', posted: stage.plainNanoUsd });
  });

  test('takes a stream for one however its bytes are cut', async () => {
    const all = new TextEncoder().encode(stage.said.events(stage.plainUsage, { text: 'Flüße 𝄞' }).join(''));
    for (const size of [1, 7, 64]) {
      const parts = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
        all.slice(at * size, (at + 1) * size),
      );
      const { answer, verdict, posted } = await stage.ask(sse(...parts));
      expect({ verdict, posted }).toEqual({ verdict: 'answer', posted: stage.plainNanoUsd });
      expect(answer.text).toContain('Flüße 𝄞');
    }
  });
});

describe.each(namedScenes)('%s', (_name, scene: Scene) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scene);
  });

  test('says one thing of whatever JSON it is answered, and never that it was its own fault', async () => {
    const { said } = stage;
    const valid = scene.stream ? said.events(stage.plainUsage).map(dataOf) : [said.whole(stage.plainUsage)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...valid), fc.nat(), fc.jsonValue({ maxDepth: 3 }), async (value, at, odd) => {
        const spoilt = spoil(value, at, odd);
        const { answer } = await stage.ask(scene.stream ? asStream(stage, spoilt) : () => Response.json(spoilt));
        expect(answer.status).not.toBe(500);
        expect(answer.text).not.toContain('internal_error');
      }),
      { numRuns: 30 },
    );
    await checkNextIsServed(stage);
  });
});

function dataOf(event: string): unknown {
  const data = event.slice(event.indexOf('data: ') + 'data: '.length).trim();
  return data === '[DONE]' ? {} : JSON.parse(data);
}

/** The same value, with something else in one place. */
function spoil(value: unknown, at: number, odd: unknown): unknown {
  if (typeof value !== 'object' || value === null) return odd;
  const entries = Object.entries(value);
  if (entries.length === 0 || at % (entries.length + 1) === entries.length) return odd;
  const [name, part] = entries[at % entries.length] ?? ['', undefined];
  const changed = spoil(part, Math.floor(at / (entries.length + 1)), odd);
  return Array.isArray(value) ? value.with(Number(name), changed) : { ...value, [name]: changed };
}

/** The whole stream, with one spoilt event among the others. */
function asStream({ said, plainUsage }: Stage, spoilt: unknown): Reply {
  const [first = '', ...rest] = said.events(plainUsage);
  const type: unknown = Reflect.get(Object(spoilt) as object, 'type');
  const name = typeof type === 'string' && /^[\w.]+$/.test(type) ? `event: ${type}\n` : '';
  return sse(first, `${name}data: ${JSON.stringify(spoilt)}\n\n`, ...rest);
}
