import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeEvent, type FakeRequest, FakeRefusal, eventText } from '../support/fakes/fake.ts';
import { fakeAnswer, faultWords } from '../support/fakes/fake-answer.ts';
import { faultAnswer, faultEvent } from '../support/fakes/fault-shapes.ts';
import { type Json, asRecord, parseRecord } from '../support/fakes/json.ts';
import { FakeMemory } from '../support/fakes/memory.ts';
import { type FakeServer, startServer, writeAnswer } from '../support/fakes/server.ts';
import { readLabel } from './call-label.ts';
import { type Attempt, type Price, Tally } from './tally.ts';

export interface Behaviour {
  readonly price: Price;
  /** Before the first byte. A call takes from half of it to one and a half times as long, by its number. */
  readonly latencyMs: number;
  /** How much it says if nothing stops it. Every token is a word of four letters. */
  readonly outputTokens: number;
  /** Between the tokens of a stream; 0 sends all at once. */
  readonly tokenMs: number;
  /** One in so many attempts is answered 500 before any token, never answered, or cut in the middle; 0 for none. */
  readonly failEvery: number;
  readonly hangEvery: number;
  readonly cutEvery: number;
  readonly billsFailures: boolean;
  /** Says `outputTokens` whatever the cap. */
  readonly ignoresCap: boolean;
  /** Stops generating, and billing, when the gateway leaves. */
  readonly cancels: boolean;
  /** How many bytes of the prompt make a token. 1 is the worst that a byte-level tokenizer can do. */
  readonly bytesPerToken: number;
}

export const steady: Behaviour = {
  price: { inputPicoUsd: 1_000_000n, outputPicoUsd: 4_000_000n },
  latencyMs: 0,
  outputTokens: 16,
  tokenMs: 0,
  failEvery: 0,
  hangEvery: 0,
  cutEvery: 0,
  billsFailures: false,
  ignoresCap: false,
  cancels: false,
  bytesPerToken: 4,
};

interface Call {
  readonly request: FakeRequest;
  readonly behaviour: Behaviour;
  readonly attempt: Attempt;
  /** Counts the attempts of a model. */
  readonly number: number;
  readonly answer: ReturnType<typeof fakeAnswer>;
  readonly inputTokens: number;
  /** Of all choices. */
  readonly outputTokens: number;
  readonly response: ServerResponse;
}

/**
 * The fake provider, which misbehaves as it is told and keeps its own account of what it bills. `npm run load` makes
 * it, not Weir, the referee: it shares no code with Weir, so that both can't be wrong in the same way.
 *
 * The model decides the behaviour. The end user says whose tally a request goes to: see `call-label`.
 */
export class FakeProvider {
  private readonly behaviours: ReadonlyMap<unknown, Behaviour>;
  private readonly tallies = new Map<string, Tally>();
  private readonly attemptsOfModel = new Map<Behaviour, number>();
  private server: FakeServer | undefined;
  /** The last request as it came. */
  last: Pick<FakeRequest, 'headers' | 'body'> = { headers: {}, body: '' };

  constructor(behaviours: Readonly<Record<string, Behaviour>>) {
    this.behaviours = new Map(Object.entries(behaviours));
  }

  /** Answers the base URL for a catalog. */
  async listen(): Promise<string> {
    this.server = await startServer((request, response) => this.serve(request, response));
    return `${this.server.origin}/v1`;
  }

  async close(): Promise<void> {
    await this.server?.stop();
  }

  tally(user: string): Tally {
    const tally = this.tallies.get(user) ?? new Tally();
    this.tallies.set(user, tally);
    return tally;
  }

  /** So that a long run does not remember every call that it ever made. */
  forget(user: string): void {
    this.tallies.delete(user);
  }

  private async serve(request: FakeRequest, response: ServerResponse): Promise<void> {
    const body = parseRecord(request.body) ?? {};
    const behaviour = this.behaviours.get(body['model']);
    const number = behaviour === undefined ? 0 : (this.attemptsOfModel.get(behaviour) ?? 0) + 1;
    const answer = fakeAnswer('lenient', request, {
      text: 'weir'.repeat(behaviour?.outputTokens ?? 0),
      ignoresCap: behaviour?.ignoresCap === true,
      bytesPerToken: behaviour?.bytesPerToken ?? 1,
      memory: new FakeMemory(number),
    });
    // What costs nothing is no call: a question for the size of a message, or a request that is refused.
    if (behaviour === undefined || answer.bill === undefined) {
      const isKnown = behaviour !== undefined || answer.status !== 200;
      writeAnswer(isKnown ? answer : faultOf(request, 400, 'the fake provider knows no such model'), response);
      return;
    }
    this.attemptsOfModel.set(behaviour, number);
    this.last = request;
    const isStream = answer.body.kind === 'events';
    const attempt = this.begin(endUserOf(body), isStream, number);
    const { inputTokens, outputTokens } = answer.bill;
    try {
      await play({ request, behaviour, attempt, number, answer, inputTokens, outputTokens, response });
    } finally {
      attempt.end();
    }
  }

  private begin(endUser: string, isStream: boolean, number: number): Attempt {
    const label = readLabel(endUser);
    if (label === undefined) return this.tally(endUser).begin(`unnamed-${number}`, Date.now(), isStream);
    const { user, number: numberOfCall, sentAtMs, endpoint } = label;
    return this.tally(user).begin(`${user}-${numberOfCall}`, sentAtMs, isStream, endpoint);
  }
}

function endUserOf({ user, metadata }: Json): string {
  const endUser = user ?? asRecord(metadata)?.['user_id'];
  return typeof endUser === 'string' ? endUser : 'nobody';
}

async function play(call: Call): Promise<void> {
  const { answer, behaviour, number, response } = call;
  if (isTurn(behaviour.hangEvery, number)) {
    await new Promise((resolve) => response.once('close', resolve));
    bill(call, behaviour.cancels ? 0 : call.outputTokens);
    return;
  }
  const latencyMs = (behaviour.latencyMs * (50 + ((number * 37) % 101))) / 100;
  if (latencyMs > 0) await sleep(latencyMs);
  if (isTurn(behaviour.failEvery, number)) playFailure(call);
  else if (response.destroyed) bill(call, behaviour.cancels ? 0 : call.outputTokens);
  else if (answer.body.kind === 'events') await playStream(call, answer.body.events);
  else playWhole(call);
}

function playFailure(call: Call): void {
  if (call.behaviour.billsFailures) bill(call, call.outputTokens);
  call.attempt.end();
  writeAnswer(faultOf(call.request, 500, 'the fake provider fails now and then'), call.response);
}

function playWhole(call: Call): void {
  const { answer, response, behaviour, number } = call;
  bill(call, call.outputTokens);
  call.attempt.end();
  if (isTurn(behaviour.cutEvery, number)) response.destroy();
  else writeAnswer(answer, response);
}

async function playStream(call: Call, events: readonly FakeEvent[]): Promise<void> {
  const { answer, behaviour, response, outputTokens, number } = call;
  const cutAt = isTurn(behaviour.cutEvery, number) ? outputTokens >> 1 : -1;
  const lastToken = events.findLastIndex(({ isToken }) => isToken);
  let generated = 0;
  response.writeHead(answer.status, answer.headers);
  for (const [index, event] of events.entries()) {
    if (event.isToken === true) {
      if (response.destroyed || generated === cutAt) {
        await breakOff(call, generated);
        return;
      }
      generated++;
    }
    response.write(eventText(event));
    if (event.isToken !== true) continue;
    if (behaviour.tokenMs > 0) await sleep(behaviour.tokenMs);
    else if (generated % 64 === 0) await sleep(0);
    if (index < lastToken) continue;
    bill(call, outputTokens);
    call.attempt.end();
  }
  response.end();
}

/** Where the gateway is still there, every second stream says why it ends and generates no more. The others are cut. */
async function breakOff(call: Call, generated: number): Promise<void> {
  const { request, behaviour, response, number, outputTokens } = call;
  const saysWhy = !response.destroyed && Math.floor(number / behaviour.cutEvery) % 2 === 0;
  bill(call, behaviour.cancels || saysWhy ? generated : outputTokens);
  call.attempt.end();
  if (saysWhy) {
    const refusal = new FakeRefusal(529, 'the fake provider broke off');
    response.end(eventText(faultEvent(faultWords('lenient', request), refusal, request.path)));
    return;
  }
  // What was written is to arrive: a connection is cut in the middle of an answer, not before it.
  await sleep(5);
  response.destroy();
}

/** A different turn for each kind of fault, so that no two meet and no run of them trips a breaker. */
function isTurn(every: number, number: number): boolean {
  return every > 0 && number % every === every >> 1;
}

function bill({ attempt, behaviour, inputTokens }: Call, outputTokens: number): void {
  attempt.bill(inputTokens, outputTokens, behaviour.price);
}

function faultOf(request: FakeRequest, status: number, message: string): ReturnType<typeof fakeAnswer> {
  return faultAnswer(faultWords('lenient', request), new FakeRefusal(status, message));
}
