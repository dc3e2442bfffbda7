import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Reply, replaceFetch } from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import type { Json } from '../../support/gateway.ts';
import { type Scene, Stage, bytes, checkNextIsServed, namedScenes, sse } from './stage.ts';

/** The usage that a provider reports is charged once, however it fails and wherever it reports it. */

// The protocol of the client makes no difference to how a provider is read.
const native = namedScenes.filter(([, { asked, sent }]) => asked === sent);

beforeEach(() => {
  replaceFetch();
  skipRetryWaits();
});
afterEach(() => void vi.restoreAllMocks());

type Failing = (stage: Stage) => Reply;

const withStatus =
  (status: number, body: (stage: Stage) => Json): Failing =>
  (stage) =>
  () =>
    Response.json(body(stage), { status });

const beside = ({ said, plainUsage }: Stage): Json => ({ ...said.error, usage: plainUsage });
const asWords = ({ said, plainUsage }: Stage): Json => ({
  ...said.error,
  error: { code: 400, type: 'invalid_request_error', message: 'The river ran dry.' },
  usage: plainUsage,
});
const long = (stage: Stage): Json => ({ echoed: 'x'.repeat(100_000), ...beside(stage) });

const failing: readonly (readonly [string, Failing])[] = [
  ['with 400', withStatus(400, beside)],
  ['with 500', withStatus(500, beside)],
  ['with 200 and a code of 400', withStatus(200, asWords)],
  ['with a long body', withStatus(500, long)],
];

const event = (value: Json): string => `data: ${JSON.stringify(value)}\n\n`;

/** An error as an event, with the usage beside it. */
function errorEvent(stage: Stage): string {
  return event({ ...(stage.scene.sent === 'responses' ? { type: 'error' } : {}), ...beside(stage) });
}

/** The first events of a stream, and all those that report a usage. */
function begun({ said, plainUsage }: Stage): string[] {
  const all = said.events(plainUsage);
  return all.slice(0, all.findIndex((each) => each.includes('river')) + 1);
}

/** Tells a usage after all else, and ends nothing. */
function usageAfter({ scene, said, plainUsage }: Stage): string {
  const failed = { object: 'response', status: 'failed', output: [], error: { message: 'dry' } };
  const told: Readonly<Record<string, Json>> = {
    chat: { object: 'chat.completion.chunk', choices: [], usage: plainUsage },
    messages: { type: 'message_delta', delta: { stop_reason: null }, usage: plainUsage },
    responses: { type: 'response.failed', response: { ...failed, usage: plainUsage } },
  };
  return event(told[scene.sent] ?? said.whole(plainUsage));
}

const failingStreams: readonly (readonly [string, Failing])[] = [
  ['in its first event', (stage) => sse(errorEvent(stage))],
  ['in its first event, with the usage after it', (stage) => sse(stage.said.errorEvent, usageAfter(stage))],
  ['in the middle', (stage) => sse(...begun(stage), errorEvent(stage))],
  ['in the middle, with the usage after it', (stage) => sse(...begun(stage), stage.said.errorEvent, usageAfter(stage))],
  ['with a whole answer', (stage) => bytes('application/json', JSON.stringify(stage.said.whole(stage.plainUsage)))],
  ['with a whole answer that it calls a stream', (stage) => sse(JSON.stringify(stage.said.whole(stage.plainUsage)))],
];

describe.each(native)('%s that fails', (_name, scene: Scene) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scene);
  });

  const here = [...failing, ...(scene.stream ? failingStreams : [])];
  test.each(here)('%s is charged what it says it used, for each attempt', async (_what, reply) => {
    const { verdict, record, posted } = await stage.ask(reply(stage));
    expect({ verdict, estimated: record['estimated'] }).toEqual({ verdict: 'error', estimated: false });
    expect(posted).toBe(stage.plainNanoUsd * Number(record['attempts']));
    replaceFetch();
    await checkNextIsServed(stage);
  });
});

// A message tells its usage in its first event too, and it never becomes less.
describe.each(native.filter(([, { sent, stream }]) => stream && sent !== 'messages'))(
  '%s that fails in the middle',
  (_name, scene: Scene) => {
    test('is not believed where more has come than it says', async () => {
      const stage = await Stage.open(scene);
      const less = { ...stage.said.error, usage: stage.said.usage(40, 1) };
      const type = scene.sent === 'responses' ? { type: 'error' } : {};
      const { record, posted, held } = await stage.ask(sse(...begun(stage), event({ ...type, ...less })));
      expect({ estimated: record['estimated'], posted }).toEqual({ estimated: true, posted: held });
    });
  },
);

describe.each(native.filter(([, { sent }]) => sent === 'responses'))('%s', (_name, scene: Scene) => {
  test.each(['failed', 'cancelled', 'incomplete'])('that is %s is charged its usage', async (status) => {
    const stage = await Stage.open(scene);
    const whole = stage.said.whole(stage.plainUsage);
    const error = status === 'failed' ? { code: 'server_error', message: 'dry' } : null;
    const response = { ...whole, status, error };
    const reply: Reply = scene.stream
      ? sse(...begun(stage), event({ type: `response.${status}`, response }))
      : () => Response.json(response);
    const { record, posted } = await stage.ask(reply);
    expect({ estimated: record['estimated'], posted }).toEqual({
      estimated: false,
      posted: stage.plainNanoUsd * Number(record['attempts']),
    });
  });
});
