/**
 * A provider that speaks OpenAI's chat completions, misbehaves as it is told to, and keeps its own account of what it
 * would bill. `npm run load` lets it, not Weir, be the referee.
 *
 * `user` in a request says whose tally it goes to, `metadata.call` names the call, and `metadata.sent_at` says when the
 * client sent it. The model decides the behaviour.
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
import { type Attempt, type Price, Tally } from './load/tally.ts';

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

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly content: string }[];
  readonly n?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly user?: string;
  readonly metadata?: { readonly call?: string; readonly sent_at?: string };
}

interface Call {
  readonly request: ChatRequest;
  readonly behaviour: Behaviour;
  readonly attempt: Attempt;
  readonly number: number;
  readonly inputTokens: number;
  /** Of each choice. */
  readonly outputTokens: number;
  readonly choices: number;
  readonly response: ServerResponse;
}

const bodyBytesMax = 1024 * 1024;
const word = 'weir';

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
    const parsed = parseRequest(body);
    const behaviour = parsed === undefined ? undefined : this.behaviours.get(parsed.model);
    if (parsed === undefined || behaviour === undefined) {
      answerError(response, 400, 'the fake provider knows no such model');
      return;
    }
    this.last = { headers: request.headers, body: body ?? '' };
    const number = (this.attemptsOfModel.get(parsed.model) ?? 0) + 1;
    this.attemptsOfModel.set(parsed.model, number);
    const { call: name = `unnamed-${number}`, sent_at: sentAt } = parsed.metadata ?? {};
    const stream = parsed.stream === true;
    const attempt = this.tally(parsed.user ?? 'nobody').begin(name, Number(sentAt ?? Date.now()), stream);
    const call: Call = { request: parsed, behaviour, attempt, number, ...sizes(parsed, behaviour), response };
    try {
      await answer(call);
    } finally {
      attempt.end();
    }
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
  else if (call.request.stream === true) await answerStream(call);
  else answerWhole(call);
}

function answerFailure(call: Call): void {
  if (call.behaviour.billsFailures) billFor(call, call.outputTokens);
  call.attempt.end();
  answerError(call.response, 500, 'the fake provider fails now and then');
}

/** A different turn for each kind of fault, so that no two meet and no run of them trips a breaker. */
function isTurn(every: number, number: number): boolean {
  return every > 0 && number % every === every >> 1;
}

function billFor({ attempt, behaviour, inputTokens, choices }: Call, outputTokens: number): void {
  attempt.bill(inputTokens, outputTokens * choices, behaviour.price);
}

function answerWhole(call: Call): void {
  const { request, response, outputTokens, behaviour, number } = call;
  billFor(call, outputTokens);
  call.attempt.end();
  if (isTurn(behaviour.cutEvery, number)) {
    response.destroy();
    return;
  }
  const content = word.repeat(outputTokens);
  const choices = Array.from({ length: call.choices }, (_, index) => ({
    index,
    message: { role: 'assistant', content },
    finish_reason: finishReason(call),
  }));
  const body = JSON.stringify({
    ...answerBase(call, 'chat.completion'),
    model: request.model,
    choices,
    usage: usage(call),
  });
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-request-id': `fake-${number}`,
  });
  response.end(body);
}

async function answerStream(call: Call): Promise<void> {
  const { behaviour, response, outputTokens, number } = call;
  const cutAt = isTurn(behaviour.cutEvery, number) ? outputTokens >> 1 : -1;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': `fake-${number}` });
  for (let token = 0; token < outputTokens; token++) {
    if (response.destroyed || token === cutAt) {
      billFor(call, behaviour.cancels ? token : outputTokens);
      call.attempt.end();
      // What was written is to arrive: a connection is cut in the middle of an answer, not before it.
      await sleep(5);
      response.destroy();
      return;
    }
    for (let index = 0; index < call.choices; index++) {
      const delta = token === 0 ? { role: 'assistant', content: word } : { content: word };
      response.write(event(call, [{ index, delta, finish_reason: null }]));
    }
    if (behaviour.tokenMs > 0) await sleep(behaviour.tokenMs);
    else if (token % 64 === 63) await sleep(0);
  }
  billFor(call, outputTokens);
  call.attempt.end();
  const ends = Array.from({ length: call.choices }, (_, index) =>
    event(call, [{ index, delta: {}, finish_reason: finishReason(call) }]),
  );
  const reported = call.request.stream_options?.include_usage === true ? event(call, [], usage(call)) : '';
  response.end(`${ends.join('')}${reported}data: [DONE]\n\n`);
}

function event(call: Call, choices: readonly object[], reported?: object): string {
  const base = { ...answerBase(call, 'chat.completion.chunk'), model: call.request.model, choices };
  return `data: ${JSON.stringify(reported === undefined ? base : { ...base, usage: reported })}\n\n`;
}

function answerBase({ number }: Call, object: string): object {
  return { id: `chatcmpl-${number}`, object, created: 1_700_000_000 };
}

function usage({ inputTokens, outputTokens, choices }: Call): object {
  const completion = outputTokens * choices;
  return { prompt_tokens: inputTokens, completion_tokens: completion, total_tokens: inputTokens + completion };
}

function finishReason({ outputTokens, behaviour }: Call): string {
  return outputTokens < behaviour.outputTokens ? 'length' : 'stop';
}

function sizes(request: ChatRequest, behaviour: Behaviour) {
  const bytes = request.messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const cap = request.max_completion_tokens ?? request.max_tokens ?? Number.POSITIVE_INFINITY;
  return {
    inputTokens: Math.ceil(bytes / behaviour.bytesPerToken) + 3 * request.messages.length,
    outputTokens: behaviour.ignoresCap ? behaviour.outputTokens : Math.min(behaviour.outputTokens, cap),
    choices: request.n ?? 1,
  };
}

function answerError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'server_error', code: null, param: null } }));
}

function parseRequest(text: string | undefined): ChatRequest | undefined {
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  // The only clients are this project's own, through a gateway that has checked the shape.
  return typeof value === 'object' && value !== null && 'messages' in value ? (value as ChatRequest) : undefined;
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
