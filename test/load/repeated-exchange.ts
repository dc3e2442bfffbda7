/**
 * One call with an idempotency key, made as by clients that trust the key: several times at once, again if the answer
 * is lost, and once more when it is there. There must be one answer.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CrowdReport } from './crowd-report.ts';
import type { HttpConnection } from './http-connection.ts';
import { type Asking, type Exchanged, exchange } from './one-exchange.ts';
import { headerOf } from './response-parser.ts';

type Answered = Extract<Exchanged, { kind: 'answered' }>;

const repeatsMax = 10_000;
const failuresMax = 3;
const lossesMax = 2;
const repeatMs = 60;

/** Answers the first result. The report notes the others, and whether they are the same. */
export async function repeatedExchange(
  connections: readonly HttpConnection[],
  asking: Asking,
  report: CrowdReport,
): Promise<Exchanged> {
  const [connection] = connections;
  if (connection === undefined) throw new Error('a repeated call needs a connection');
  const patient: Asking = { ...asking, leaveAfterMs: undefined };
  // The first of them leaves, if one does. The gateway decides which of them it serves.
  const atOnce = await Promise.all(connections.map((each, index) => exchange(each, index === 0 ? asking : patient)));
  const wasLost = atOnce.some(({ kind }) => kind === 'left' || kind === 'lost');
  const answers = atOnce.filter(isServed);
  let last = answers[0] ?? atOnce.find(isDecided) ?? atOnce[0] ?? { kind: 'unsent' };
  // Nobody knows whether a lost call was made, whatever the others were told.
  let isOver = answers.length > 0 || (!wasLost && isFinal(last));
  for (let repeat = 0, failures = 0; !isOver && repeat < repeatsMax; repeat++) {
    await sleep(repeatMs);
    last = await exchange(connection, patient);
    if (isServed(last)) answers.push(last);
    else if (isDecided(last)) failures++;
    isOver = isFinal(last) || failures > failuresMax;
  }
  const [first] = answers;
  if (wasLost) report.left++;
  if (first === undefined) return last;
  if (wasLost) report.recovered++;
  const late = await askUntilHeard(connection, patient);
  if (isServed(late)) answers.push(late);
  else report.falseReplays.push(`a repeat of what was answered got ${describe(late)}`);
  noteReplays(answers, report);
  return first;
}

/** A connection can be closed just as it is used, so a client asks again. What is lost again and again is a fault. */
async function askUntilHeard(connection: HttpConnection, asking: Asking): Promise<Exchanged> {
  let heard = await exchange(connection, asking);
  for (let repeat = 0; heard.kind === 'lost' && repeat < lossesMax; repeat++)
    heard = await exchange(connection, asking);
  return heard;
}

/** One of the answers to a call is its own. All others are replays of it, word for word. */
function noteReplays(answers: readonly Answered[], report: CrowdReport): void {
  const [first] = answers;
  const replays = answers.filter(({ head }) => headerOf(head, 'idempotent-replayed') === 'true');
  report.replayed += replays.length;
  if (answers.length - replays.length > 1) report.falseReplays.push('a call with one key was answered twice, anew');
  if (answers.some(({ body }) => content(body) !== content(first?.body ?? ''))) {
    report.falseReplays.push('a replay differs from the answer that it repeats');
  }
  if (replays.some(({ head }) => headerOf(head, 'x-gateway-cost-usd') !== '0.00')) {
    report.falseReplays.push('a replay says that it costs something');
  }
}

/** Comments in a stream only keep its connection alive, or tell what an answer cost. */
function content(body: string): string {
  return body.replaceAll(/^:.*\n+/gm, '');
}

function isServed(exchanged: Exchanged): exchanged is Answered {
  return exchanged.kind === 'answered' && exchanged.seen.kind === 'served';
}

/** Served, or refused by a limit. */
function isFinal(exchanged: Exchanged): boolean {
  return (
    exchanged.kind === 'unsent' ||
    (exchanged.kind === 'answered' && (exchanged.seen.kind === 'served' || exchanged.seen.kind === 'refused'))
  );
}

/** Whether it answers the call, and does not only say that the call is under way. */
function isDecided(exchanged: Exchanged): boolean {
  return exchanged.kind === 'answered' && exchanged.seen.kind !== 'in-progress';
}

function describe(exchanged: Exchanged): string {
  return exchanged.kind === 'answered' ? exchanged.seen.kind : exchanged.kind;
}
