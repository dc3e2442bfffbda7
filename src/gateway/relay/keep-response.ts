import { log } from '../../log.ts';
import type { Keeping } from '../../protocols/responses/object.ts';
import type { KeptResponse } from '../../core/account/kept-response.ts';
import type { Policy } from '../../core/account/policy.ts';
import { keepWaitMs, keptResponseBytesMax } from '../../core/account/response-limits.ts';
import { type JsonRecord, asList, asRecord, asText } from '../../protocols/json/json-value.ts';
import type { CallClock } from '../request/call-clock.ts';
import type { Conversation } from '../request/resolve-conversation.ts';

/** Whether to keep a response, as far as that is known before it is made. */
export function keepingOf(conversation: Conversation | undefined, { responses }: Policy): Keeping {
  return {
    previousId: conversation?.previousId,
    isKept: conversation?.isToBeKept === true && responses?.store !== false,
  };
}

/** What the account keeps of a response. Undefined if that is more than it takes. */
export function responseToKeep(
  response: JsonRecord,
  { baseId, added }: Conversation,
  provider: string,
): KeptResponse | undefined {
  const { output, ...rest } = response;
  const texts = { input: JSON.stringify(added), output: JSON.stringify(asList(output)), rest: JSON.stringify(rest) };
  const length = Object.values(texts).reduce((sum, text) => sum + text.length, 0);
  if (length > keptResponseBytesMax) return undefined;
  return {
    id: asText(response['id']) ?? '',
    ...(baseId === undefined ? {} : { baseId }),
    ...texts,
    itemIds: asList(output).flatMap((item) => asText(asRecord(item)?.['id']) ?? []),
    provider,
  };
}

/** Connects a stream, which says what to keep, and its settlement, which keeps it. */
export class ResponseKeeper {
  readonly #toKeep: (response: JsonRecord) => KeptResponse | undefined;
  readonly #clock: CallClock;
  readonly #isKept = Promise.withResolvers<boolean>();
  #response: KeptResponse | undefined;
  #isTaken = false;

  constructor(toKeep: (response: JsonRecord) => KeptResponse | undefined, clock: CallClock) {
    this.#toKeep = toKeep;
    this.#clock = clock;
  }

  /** Takes the response that the client is told. Returns whether it is to be kept. */
  tell(response: JsonRecord): boolean {
    try {
      this.#response = this.#toKeep(response);
    } catch (error) {
      // The client waits for the end, whatever can't be kept.
      log('error', 'response-unkept', { error: String(error) });
    }
    return this.#response !== undefined;
  }

  /** Whether it is kept, once that is known. A client that can't be told soon is told that it is not. */
  async isKept(): Promise<boolean> {
    const isKept = await this.#clock.within(keepWaitMs, this.#isKept.promise).catch(() => false);
    if (!isKept) this.giveUp();
    return isKept;
  }

  /** Keeps nothing any more, unless that is under way already. */
  giveUp(): void {
    if (this.#isTaken) return;
    this.#response = undefined;
    this.#isKept.resolve(false);
  }

  /** For the settlement, which is under way from then on. */
  take(): KeptResponse | undefined {
    this.#isTaken = true;
    return this.#response;
  }

  settled(isKept: boolean): void {
    this.#isKept.resolve(isKept);
  }
}
