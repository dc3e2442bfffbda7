import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { answerBytesMax, sseEventBytesMax } from '../../../src/limits.ts';
import { type Reply, breaksOff, refused, replaceFetch } from '../../support/gateway-provider.ts';
import { skipRetryWaits } from '../../support/gateway-time.ts';
import { type Scene, Stage, broken, bytes, checkNextIsServed, namedScenes, sse } from './stage.ts';

/**
 * Everything that can happen to an answer on its way. After each the client is told one thing, in its own protocol;
 * the charge follows the rules; nothing is held; and the next call is served.
 */

interface Fault {
  readonly what: string;
  readonly reply: (stage: Stage) => Reply | typeof refused;
  /** The scenes in which it can happen; all, if absent. */
  readonly where?: 'stream' | 'whole';
  /** The status that the client gets; undefined if its answer has begun. */
  readonly status?: number;
  readonly charged: Charged | ((scene: Scene) => Charged);
}

/** Nothing; the stated usage; or all that was held, because nobody knows what the provider will bill. */
type Charged = 'nothing' | 'stated' | 'hold';

const encoder = new TextEncoder();

function wholeText({ said, plainUsage }: Stage): string {
  return JSON.stringify(said.whole(plainUsage));
}

function events({ said, plainUsage }: Stage): string[] {
  return [...said.events(plainUsage)];
}

/** The first events of a stream, up to some words of its answer. */
function begun(stage: Stage): string[] {
  const all = events(stage);
  return all.slice(0, all.findIndex((event) => event.includes('river')) + 1);
}

function cutInEvent(stage: Stage): string[] {
  const all = begun(stage);
  return [...all.slice(0, -1), String(all.at(-1)).slice(0, -12)];
}

/** Ends with the first of the two bytes of a character. */
function cutInCharacter(stage: Stage): (string | Uint8Array)[] {
  const all = begun(stage);
  const last = encoder.encode(String(all.at(-1)).replace('river', 'Flüße'));
  return [...all.slice(0, -1), last.slice(0, last.indexOf(0xc3) + 1)];
}

const html = '<!doctype html>\n\n<html><body>502 Bad Gateway</body></html>\n\n';
const noise = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919 + 13) % 256);
const mib = new Uint8Array(1024 * 1024).fill(0x61);
const moreThan = (bytesMax: number): Uint8Array[] => Array.from({ length: bytesMax / mib.length + 1 }, () => mib);
const json = 'application/json';
const elsewhere = { location: 'http://169.254.169.254/latest/meta-data/' };

/** Before the client has got anything. */
const untold: readonly Fault[] = [
  { what: 'a connection that is refused', reply: () => refused, status: 502, charged: 'nothing' },
  { what: 'a reset before the headers', reply: () => breaksOff, status: 502, charged: 'hold' },
  {
    what: 'a reset after the headers, before a byte',
    reply: ({ scene }) => bytes(scene.stream ? 'text/event-stream' : json, broken),
    status: 502,
    charged: 'hold',
  },
  { what: 'HTML, and 200', reply: () => bytes('text/html; charset=utf-8', html), status: 502, charged: 'hold' },
  {
    what: 'a redirect to a private address',
    reply: () => () => new Response(null, { status: 307, headers: elsewhere }),
    status: 502,
    charged: 'nothing',
  },
  {
    what: 'an error, and 200',
    reply:
      ({ said }) =>
      () =>
        Response.json(said.error),
    status: 502,
    charged: 'hold',
  },
];

type Same = Pick<Fault, 'what' | 'reply'>;

const insteadOfJson: readonly Same[] = [
  { what: 'a reset in the middle of it', reply: (stage) => bytes(json, wholeText(stage).slice(0, 60), broken) },
  { what: 'garbage', reply: () => bytes(json, noise) },
  { what: 'nothing', reply: () => bytes(json) },
  { what: 'a stream', reply: (stage) => sse('data: {"object":"river"}\n\n', ...events(stage)) },
  { what: 'JSON that is cut short', reply: (stage) => bytes(json, wholeText(stage).slice(0, -5)) },
  { what: 'a list', reply: () => () => Response.json([]) },
  { what: 'null', reply: () => () => Response.json(null) },
  { what: 'another object', reply: () => () => Response.json({ object: 'river' }) },
  { what: 'more than an answer may be', reply: () => bytes(json, ...moreThan(answerBytesMax)) },
];

const insteadOfStream: readonly Same[] = [
  { what: 'a stream of nothing', reply: () => sse() },
  { what: 'an error for its first event', reply: ({ said }) => sse(said.errorEvent) },
];

const inStream: readonly (Same & Partial<Fault>)[] = [
  { what: 'a reset in the middle', reply: (stage) => sse(...begun(stage), broken) },
  { what: 'garbage for events', reply: () => sse(noise) },
  { what: 'an end before the end', reply: (stage) => sse(...begun(stage)) },
  { what: 'an end in the middle of an event', reply: (stage) => sse(...cutInEvent(stage)) },
  { what: 'an end in the middle of a character', reply: (stage) => sse(...cutInCharacter(stage)) },
  {
    what: 'an error in the middle',
    reply: (stage) => sse(...begun(stage), stage.said.errorEvent, ...events(stage).slice(-1)),
    // The last event of a response has its usage.
    charged: ({ sent }) => (sent === 'responses' ? 'stated' : 'hold'),
  },
  {
    what: 'an event that is cut short',
    reply: (stage) => sse(...cutInEvent(stage), '\n\n', ...events(stage).slice(-2)),
  },
  {
    what: 'a larger event than there may be',
    reply: (stage) => sse(...begun(stage), 'data: ', ...moreThan(sseEventBytesMax)),
  },
];

const faults: readonly Fault[] = [
  ...untold,
  ...insteadOfJson.map((fault) => ({ ...fault, where: 'whole', status: 502, charged: 'hold' }) as const),
  ...insteadOfStream.map((fault) => ({ ...fault, where: 'stream', status: 502, charged: 'hold' }) as const),
  ...inStream.map((fault) => ({ charged: 'hold', ...fault, where: 'stream' }) as const),
  { what: 'JSON', reply: (stage) => bytes(json, wholeText(stage)), where: 'stream', status: 502, charged: 'stated' },
];

beforeEach(() => {
  replaceFetch();
  skipRetryWaits();
});
afterEach(() => void vi.restoreAllMocks());

function hostsAsked(): Set<string> {
  // The gateway calls `fetch` with the text of a URL.
  return new Set(vi.mocked(fetch).mock.calls.map(([input]) => new URL(input as string).host));
}

describe.each(namedScenes)('%s', (_name, scene: Scene) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scene);
  });
  afterAll(async () => {
    replaceFetch();
    await checkNextIsServed(stage);
    vi.restoreAllMocks();
  });

  const here = faults.filter(({ where }) => where === undefined || (where === 'stream') === scene.stream);
  test.each(here.map((fault) => [fault.what, fault] as const))('%s is told as one error', async (_what, fault) => {
    const { answer, verdict, posted, held, record } = await stage.ask(fault.reply(stage));
    expect({ verdict, status: answer.status }).toEqual({ verdict: 'error', status: fault.status ?? 200 });
    expect(held).toBeGreaterThan(0);
    // Each attempt that reached its provider may be billed.
    const charged = typeof fault.charged === 'function' ? fault.charged(scene) : fault.charged;
    const each = { nothing: 0, stated: stage.plainNanoUsd, hold: held }[charged];
    expect(posted).toBe(each * Number(record['attempts']));
    expect(record).toMatchObject({ breach: false, expired: false, estimated: charged === 'hold' });
    expect(hostsAsked()).toEqual(new Set(stage.fakes.map(({ host }) => host)));
  });
});
