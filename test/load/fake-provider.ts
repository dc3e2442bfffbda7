/**
 * A provider that speaks OpenAI's chat completions, responses and embeddings and Anthropic's messages, misbehaves as it
 * is told to, and keeps its own account of what it would bill. `npm run load` lets it, not Weir, be the referee.
 *
 * The model decides the behaviour, and the end user in a request whose tally it goes to: see `call-label`.
 */

import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLabel } from './call-label.ts';
import { fakeChat } from './fake-chat.ts';
import { fakeEmbeddings } from './fake-embeddings.ts';
import { countTokensPath, fakeMessages } from './fake-messages.ts';
import { fakeResponses } from './fake-responses.ts';
import { type Asked, type FakeProtocol, type Reply, fieldsOf } from './fake-protocol.ts';
import { type Attempt, type Price, Tally } from './tally.ts';

export interface Behaviour {
  readonly price: Price;
  /** Before the first byte. A call takes from half of it to one and a half times as long, by its number. */
  readonly latencyMs: number;
  /** How much it says if nothing stops it. Every token is a word of four letters. */
  readonly outputTokens: number;
  /** Between the tokens of a stream; 0 sends all at once. */
  readonly tokenMs: number;
  /**
   * Of how many attempts one is answered 500 before any token, is never answered, or is cut in the middle; 0 for none.
   */
  readonly failEvery: number;
  readonly hangEvery: number;
  readonly cutEvery: number;
  readonly billsFailures: boolean;
  /** Says `outputTokens` whatever the cap. */
  readonly ignoresCap: boolean;
  /** Stops generating, and billing, when the gateway leaves. */
  readonly cancels: boolean;
  /** How many bytes of the prompt's text make a token. 1 is the worst that a byte-level tokenizer can do. */
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

interface Call extends Reply {
  readonly protocol: FakeProtocol;
  readonly behaviour: Behaviour;
  readonly attempt: Attempt;
  readonly stream: boolean;
  readonly response: ServerResponse;
}

const protocols: ReadonlyMap<string | undefined, FakeProtocol> = new Map(
  [fakeChat, fakeMessages, fakeResponses, fakeEmbeddings].map((protocol) => [protocol.path, protocol]),
);

const bodyBytesMax = 1024 * 1024;

export class FakeProvider {
  private readonly behaviours: ReadonlyMap<string, Behaviour>;
  private readonly tallies = new Map<string, Tally>();
  private readonly attemptsOfModel = new Map<string, number>();
  private readonly server: Server;
  /** The last request as it came. */
  last: { readonly headers: IncomingHttpHeaders; readonly body: string } = { headers: {}, body: '' };

  constructor(behaviours: Readonly<Record<string, Behaviour>>) {
    this.behaviours = new Map(Object.entries(behaviours));
    this.server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (request, response) => {
      void this.serve(request, response);
    });
  }

  /** Answers the base URL for a catalog. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    // A server that listens on a port has an address with one.
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/v1`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
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

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const path = request.url?.split('?', 1)[0];
    const protocol = protocols.get(path === countTokensPath ? fakeMessages.path : path);
    const asked = body === undefined ? undefined : protocol?.read(fieldsOf(JSON.parse(body)));
    const behaviour = asked === undefined ? undefined : this.behaviours.get(asked.model);
    if (protocol === undefined || asked === undefined || behaviour === undefined) {
      send(
        response,
        protocol === undefined ? 404 : 400,
        fakeChat.error('the fake provider knows no such path or model'),
      );
      return;
    }
    if (path === countTokensPath) {
      send(response, 200, { input_tokens: inputTokensOf(asked, behaviour) });
      return;
    }
    this.last = { headers: request.headers, body: body ?? '' };
    const number = (this.attemptsOfModel.get(asked.model) ?? 0) + 1;
    this.attemptsOfModel.set(asked.model, number);
    const attempt = this.begin(asked, number);
    const outputTokens = outputTokensOf(asked, behaviour);
    const call: Call = {
      protocol,
      behaviour,
      attempt,
      number,
      response,
      model: asked.model,
      stream: asked.stream,
      choices: asked.choices,
      reportsUsage: asked.reportsUsage,
      inputTokens: inputTokensOf(asked, behaviour),
      outputTokens,
      isCapped: outputTokens < behaviour.outputTokens,
    };
    try {
      await answer(call);
    } finally {
      attempt.end();
    }
  }

  private begin({ endUser = 'nobody', stream }: Asked, number: number): Attempt {
    const label = readLabel(endUser);
    if (label === undefined) return this.tally(endUser).begin(`unnamed-${number}`, Date.now(), stream);
    const { user, number: numberOfCall, sentAtMs, endpoint } = label;
    return this.tally(user).begin(`${user}-${numberOfCall}`, sentAtMs, stream, endpoint);
  }
}

async function answer(call: Call): Promise<void> {
  const { behaviour, number, response } = call;
  if (isTurn(behaviour.hangEvery, number)) {
    await new Promise((resolve) => response.once('close', resolve));
    billFor(call, behaviour.cancels ? 0 : call.outputTokens);
    return;
  }
  const latencyMs = (behaviour.latencyMs * (50 + ((number * 37) % 101))) / 100;
  if (latencyMs > 0) await sleep(latencyMs);
  if (isTurn(behaviour.failEvery, number)) answerFailure(call);
  else if (response.destroyed) billFor(call, behaviour.cancels ? 0 : call.outputTokens);
  else if (call.stream) await answerStream(call);
  else answerWhole(call);
}

function answerFailure(call: Call): void {
  if (call.behaviour.billsFailures) billFor(call, call.outputTokens);
  call.attempt.end();
  send(call.response, 500, call.protocol.error('the fake provider fails now and then'));
}

/** A different turn for each kind of fault, so that no two meet and no run of them trips a breaker. */
function isTurn(every: number, number: number): boolean {
  return every > 0 && number % every === every >> 1;
}

function billFor({ attempt, behaviour, inputTokens, choices }: Call, outputTokens: number): void {
  attempt.bill(inputTokens, outputTokens * choices, behaviour.price);
}

function answerWhole(call: Call): void {
  const { protocol, response, outputTokens, behaviour, number } = call;
  billFor(call, outputTokens);
  call.attempt.end();
  if (isTurn(behaviour.cutEvery, number)) response.destroy();
  else send(response, 200, protocol.whole(call), { 'x-request-id': `fake-${number}`, 'request-id': `fake-${number}` });
}

async function answerStream(call: Call): Promise<void> {
  const { protocol, behaviour, response, outputTokens, number } = call;
  const cutAt = isTurn(behaviour.cutEvery, number) ? outputTokens >> 1 : -1;
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'x-request-id': `fake-${number}`,
    'request-id': `fake-${number}`,
  });
  response.write(protocol.begin(call));
  for (let token = 0; token < outputTokens; token++) {
    if (response.destroyed || token === cutAt) {
      await breakOff(call, token);
      return;
    }
    for (let choice = 0; choice < call.choices; choice++) response.write(protocol.token(call, choice, token));
    if (behaviour.tokenMs > 0) await sleep(behaviour.tokenMs);
    else if (token % 64 === 63) await sleep(0);
  }
  billFor(call, outputTokens);
  call.attempt.end();
  response.end(protocol.end(call));
}

/** Of those that are not left, every second says why it ends, and has generated no more. The others are cut. */
async function breakOff(call: Call, generated: number): Promise<void> {
  const { protocol, behaviour, response, number, outputTokens } = call;
  const saysWhy = !response.destroyed && Math.floor(number / behaviour.cutEvery) % 2 === 0;
  billFor(call, behaviour.cancels || saysWhy ? generated : outputTokens);
  call.attempt.end();
  if (saysWhy) {
    response.end(protocol.errorEvent('the fake provider broke off'));
    return;
  }
  // What was written is to arrive: a connection is cut in the middle of an answer, not before it.
  await sleep(5);
  response.destroy();
}

function inputTokensOf({ text, extraTokens }: Asked, { bytesPerToken }: Behaviour): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken) + extraTokens;
}

function outputTokensOf({ cap = Infinity }: Asked, { outputTokens, ignoresCap }: Behaviour): number {
  // Where nothing is generated, there is no cap to ignore.
  return ignoresCap && cap !== 0 ? outputTokens : Math.min(outputTokens, cap);
}

function send(response: ServerResponse, status: number, answered: object, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(answered);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** Undefined for a body that is too long. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      if (text.length < bodyBytesMax) text += part;
    });
    request.once('end', () => {
      resolve(text.length < bodyBytesMax ? text : undefined);
    });
    request.once('close', () => {
      resolve(undefined);
    });
  });
}
