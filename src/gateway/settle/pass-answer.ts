import { keepWaitMs } from '../../core/account/response-limits.ts';
import { formatUsd } from '../../core/money/usd.ts';
import type { Keeping } from '../../protocols/responses/object.ts';
import type { KeptResponse } from '../../core/account/kept-response.ts';
import { callResponse } from '../../http/response-headers.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import { protocols } from '../../protocols/protocols.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import { type AnswerBody, answerBody, unkeptBody } from '../relay/answer-body.ts';
import { answerHeaders } from '../relay/answer-headers.ts';
import type { AttemptAnswered, AttemptStreaming } from '../attempt/attempt.ts';
import type { CallClock } from '../request/call-clock.ts';
import { isKept } from '../request/idempotency.ts';
import { AnswerKeeper, firstDifference, keptStream, keptWhole } from '../relay/kept-answer.ts';
import { ResponseKeeper, keepingOf, responseToKeep } from '../relay/keep-response.ts';
import { readerAndWriter } from '../relay/reader-and-writer.ts';
import { relayStream } from '../relay/relay.ts';
import { answerOutcome } from '../attempt/call-outcome.ts';
import { type Settlement, type Settling, type ToKeep, settlementOf } from './settlement.ts';
import { type TranslatedHead, translatedHead } from '../relay/translated-head.ts';
import { trueOutcome } from './true-usage.ts';
import type { ServedCall } from '../attempt/served-call.ts';

interface Passing {
  /** One that is urgent sets out at once. */
  readonly settle: (settlement: Settlement, isUrgent: boolean) => Settling;
  readonly client: PromiseWithResolvers<Response>;
  readonly clock: CallClock;
}

/** Passes an answer on, and settles the call, whether or not the client is still there to take all of it. */
export async function passAnswer(served: ServedCall, passing: Passing): Promise<void> {
  const { attempt, admitted, result } = served;
  const { policy } = admitted.view;
  const { asked, conversation, idempotency, incoming } = admitted.call;
  const keeping = keepingOf(conversation, policy);
  const to: PassTo = {
    ...passing,
    keeping,
    head: translatedHead(
      asked.protocol,
      incoming.requestId,
      attempt.candidate.modelName,
      incoming.startedAtMs,
      keeping,
    ),
    isAnswerKept: isKept(idempotency, policy),
    toKeep: (response) =>
      conversation === undefined || !keeping.isKept
        ? undefined
        : responseToKeep(response, conversation, attempt.provider.name),
  };
  if (result.kind === 'answered') await passWhole({ ...served, result }, to);
  else await passStream({ ...served, result }, to);
}

interface PassTo extends Passing {
  readonly keeping: Keeping;
  readonly head: TranslatedHead;
  /** Whether the answer is kept for those who repeat the call. */
  readonly isAnswerKept: boolean;
  /** What is kept of a response for those who build on it. */
  readonly toKeep: (response: JsonRecord) => KeptResponse | undefined;
}

async function passWhole(
  served: ServedCall & { readonly result: AttemptAnswered },
  { head, isAnswerKept, toKeep, settle, client, clock }: PassTo,
): Promise<void> {
  const { admitted, sent, result, terms, report } = served;
  const outcome = answerOutcome(result, sent.protocol, terms);
  const headers = answerHeaders(served, outcome);
  let told: ToldWhole | undefined;
  let settling: Settling;
  try {
    told = toldWhole(answerBody(admitted.call.asked, sent, result, head, outcome.reported ?? outcome), toKeep);
  } finally {
    // It is settled even if the answer can't be translated: the provider has made it.
    const body = isAnswerKept ? told?.bytes : undefined;
    const answer = body && keptWhole(result.status, result.contentType, body);
    const storeAt = told?.unkept && firstDifference(told.bytes, told.unkept);
    const label = protocols[sent.protocol].labelOf(result.answer);
    settling = settle(settlementOf(outcome, label, served, { answer, response: told?.response, storeAt }), false);
  }
  let { bytes } = told;
  if (told.unkept !== undefined) {
    // Whoever builds on it at once finds it kept.
    const isNowKept = await clock.within(keepWaitMs, settling.keeps).catch(() => false);
    if (!isNowKept) bytes = told.unkept;
  }
  // The answer comes after it, so that whoever calls again at once finds this call's slot free.
  if (settling.departed !== undefined) await settling.departed;
  client.resolve(callResponse(bytes, result.status, headers));
  report(outcome.health, result.firstByteMs);
  await settling.keeps;
}

interface ToldWhole {
  readonly bytes: Uint8Array;
  /** The same for a response that is not kept after all; undefined if it is not to be kept. */
  readonly unkept: Uint8Array | undefined;
  readonly response: KeptResponse | undefined;
}

function toldWhole({ bytes, response }: AnswerBody, toKeep: PassTo['toKeep']): ToldWhole {
  if (response === undefined) return { bytes, unkept: undefined, response: undefined };
  const unkept = unkeptBody(response);
  const kept = toKeep(response);
  return kept === undefined
    ? { bytes: unkept, unkept: undefined, response: undefined }
    : { bytes, unkept, response: kept };
}

async function passStream(
  served: ServedCall & { readonly result: AttemptStreaming },
  { keeping, head, isAnswerKept, toKeep, settle, client, clock }: PassTo,
): Promise<void> {
  const { admitted, progress, attempt, sent, inputTokensAbout, result, terms, report } = served;
  const { asked, incoming } = admitted.call;
  const { spentNanoUsd } = progress;
  const answerKeeper = isAnswerKept ? new AnswerKeeper() : undefined;
  const responseKeeper = keeping.isKept ? new ResponseKeeper(toKeep, clock) : undefined;
  const { choices, wordsPerToken } = terms;
  const costOf = (usage: ReportedUsage): string => formatUsd(terms.price(usage) + spentNanoUsd);
  const way = readerAndWriter({ asked, sent, head, inputTokensAbout, choices, wordsPerToken, costOf });
  const relay = relayStream({
    attempt: result,
    terms,
    ...way,
    spentNanoUsd,
    requestId: incoming.requestId,
    keeper: answerKeeper,
    responseKeeper,
  });
  client.resolve(callResponse(relay.readable, result.status, answerHeaders(served, undefined)));
  const seen = await relay.outcome;
  report(seen.health, result.firstByteMs);
  const outcome = await trueOutcome(seen, terms, attempt, way.reader, incoming);
  const toBeKept: ToKeep = {
    answer: keptStream(result.status, answerKeeper),
    response: responseKeeper?.take(),
    storeAt: answerKeeper?.storeAt,
  };
  // At once, because the end of a stream waits for its settlement only if it must say whether the response is kept.
  const { keeps } = settle(settlementOf(outcome, way.reader.label, served, toBeKept), true);
  await Promise.all([keeps.then((isNowKept) => responseKeeper?.settled(isNowKept)), relay.delivered]);
}
