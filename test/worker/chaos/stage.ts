import { expect } from 'vitest';
import { type Answer, type Json, type Sending, type TestKey, inspect, newKey, send } from '../../support/gateway.ts';
import { FakeProvider, type Reply, model, putCatalog, type refused } from '../../support/gateway-provider.ts';
import { type Verdict, clients, verdictOf } from './clients.ts';
import { type Parts, type Spoken, type Protocol, spoken } from './spoken.ts';

/** A client of one protocol, and a provider of the same or another one. */
interface Pair {
  readonly asked: Protocol;
  readonly sent: Protocol;
}

export const pairs: readonly Pair[] = [
  { asked: 'chat', sent: 'chat' },
  { asked: 'chat', sent: 'messages' },
  { asked: 'messages', sent: 'messages' },
  { asked: 'messages', sent: 'chat' },
  { asked: 'responses', sent: 'responses' },
  { asked: 'responses', sent: 'chat' },
  { asked: 'responses', sent: 'messages' },
  { asked: 'embeddings', sent: 'embeddings' },
];

export interface Scene extends Pair {
  readonly stream: boolean;
}

/** Every pair, with and without a stream. */
export const scenes: readonly Scene[] = pairs.flatMap((pair) =>
  pair.asked === 'embeddings' ? [{ ...pair, stream: false }] : [false, true].map((stream) => ({ ...pair, stream })),
);

export const namedScenes = scenes.map((scene) => [sceneName(scene), scene] as const);
/** The scenes that generate something, and those that stream it. */
export const namedGenerating = namedScenes.filter(([, { sent }]) => sent !== 'embeddings');
export const namedStreaming = namedScenes.filter(([, { stream }]) => stream);

function sceneName({ asked, sent, stream }: Scene): string {
  return `${asked} of a server of ${sent}${stream ? ', streaming' : ''}`;
}

/** The result of a call. */
export interface Ended {
  readonly answer: Answer;
  readonly verdict: Verdict;
  readonly record: Json;
  /** In nano-dollars: what this call posted, and what its last attempt held. */
  readonly posted: number;
  readonly held: number;
}

/** A provider that is never taken out, and a client whose limits show whatever a call leaves behind. */
export class Stage {
  readonly scene: Scene;
  readonly said: Spoken;
  readonly fakes: readonly FakeProvider[];
  readonly key: TestKey;

  private constructor(scene: Scene, fakes: readonly FakeProvider[], key: TestKey) {
    this.scene = scene;
    this.said = spoken[scene.sent];
    this.fakes = fakes;
    this.key = key;
  }

  static async open(scene: Scene, targets = 1): Promise<Stage> {
    const fakes = Array.from({ length: targets }, () => new FakeProvider());
    const breaker = { failuresInARow: 1000, callsToJudge: 100_000 };
    const entries = fakes.map((fake) => [fake.name, { ...entryFor(scene.sent, fake), breaker }]);
    const served = { ...model(...fakes), ...(scene.sent === 'embeddings' ? { endpoints: ['embeddings'] } : {}) };
    await putCatalog({ served }, Object.fromEntries(entries) as Json);
    const key = await newKey({
      limits: [
        { metric: 'usd', per: 'total', max: '1000' },
        { metric: 'concurrency', max: 1 },
        { metric: 'streams', max: 1 },
      ],
    });
    return new Stage(scene, fakes, key);
  }

  /** Asks. Each provider that the gateway asks gives this reply. */
  async ask(reply: Reply | typeof refused, sending: Partial<Sending> = {}): Promise<Ended> {
    for (const fake of this.fakes) fake.says(reply);
    const { asked, stream } = this.scene;
    const client = clients[asked];
    const body = { model: 'served', ...client.body, ...(stream ? { stream } : {}) };
    const before = await this.#postedNanoUsd();
    const answer = await send(this.key.key, { method: 'POST', path: client.path, body, ...sending });
    const verdict = verdictOf(client, stream, answer);
    const posted = (await this.#postedNanoUsd()) - before;
    const { json: record } = await send(this.key.key, { path: `/v1/requests/${answer.headers.get('x-request-id')}` });
    const ended = { answer, verdict, record, posted, held: nanoUsd(record['held_usd']) };
    checkPosted(ended);
    return ended;
  }

  /** The cost of `plainUsage`. */
  get plainNanoUsd(): number {
    return plainInput * 1000 + (this.scene.sent === 'embeddings' ? 0 : plainOutput * 2000);
  }

  get plainUsage(): Json {
    return this.said.usage(plainInput, plainOutput);
  }

  /** The answer of a healthy provider. */
  answering(parts: Parts = {}, usage: (said: Spoken) => unknown = () => this.plainUsage): Reply {
    if (this.scene.stream) return sse(...this.said.events(usage(this.said), parts));
    return () => Response.json(this.said.whole(usage(this.said), parts));
  }

  async #postedNanoUsd(): Promise<number> {
    const { standings } = await inspect(this.key);
    checkNothingHeld(standings);
    return standings[0]?.posted ?? Number.NaN;
  }
}

/** The next call is served, at the cost of the usage that its provider reports. */
export async function checkNextIsServed(stage: Stage): Promise<void> {
  const { posted, verdict } = await stage.ask(stage.answering());
  expect({ verdict, posted }).toEqual({ verdict: 'answer', posted: stage.plainNanoUsd });
}

function checkPosted({ record, posted, held }: Ended): void {
  expect(posted, 'what was posted is what the record says').toBe(nanoUsd(record['cost_usd']));
  const most = record['breach'] === true ? Infinity : held * Number(record['attempts']);
  expect(posted, 'no more is posted than was held for each attempt').toBeLessThanOrEqual(most);
}

function checkNothingHeld(standings: readonly { readonly held: number }[]): void {
  for (const { held } of standings) expect(held, 'nothing is held between two calls').toBe(0);
}

const plainInput = 40;
const plainOutput = 60;

/** Of decimal text. */
function nanoUsd(usd: unknown): number {
  return Math.round(Number(usd) * 1e9);
}

function entryFor(protocol: Protocol, fake: FakeProvider): Json {
  switch (protocol) {
    case 'chat':
      return fake.entry();
    case 'embeddings':
    case 'responses':
      return fake.entry({ protocols: ['chat', protocol] });
    case 'messages':
      return { kind: 'anthropic', baseUrl: `https://${fake.host}` };
  }
}

/** In place of the next bytes. */
export const broken = Symbol('the connection breaks');
export const silence = Symbol('nothing comes any more');

export type Part = string | Uint8Array | typeof broken | typeof silence;

/** A stream of these. */
export function sse(...parts: readonly Part[]): Reply {
  return bytes('text/event-stream', ...parts);
}

const encoder = new TextEncoder();

export function bytes(contentType: string, ...parts: readonly Part[]): Reply {
  return ({ signal }) => {
    const waiting = [...parts];
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
      async pull(controller) {
        const part = waiting.shift();
        if (part === undefined) controller.close();
        else if (part === broken) controller.error(new TypeError('Network connection lost.'));
        else if (part === silence) await Promise.withResolvers<void>().promise;
        else controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part);
      },
    });
    return new Response(body, { headers: { 'content-type': contentType } });
  };
}
