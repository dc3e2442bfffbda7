import { keepWaitMs } from '../limits.ts';
import type { Keeping } from '../openai/responses-object.ts';
import type { KeptResponse } from '../tenant/kept-response.ts';
import type { Policy } from '../tenant/policy.ts';
import { keptResponseBytesMax } from '../tenant/response-limits.ts';
import { type JsonRecord, asList, asRecord, asText } from '../wire/json-value.ts';
import type { CallClock } from './call-clock.ts';
import type { Conversation } from './resolve-conversation.ts';

/** Whether a response is to be kept, as far as can be said before it is made. */
export function keepingOf(conversation: Conversation | undefined, { responses }: Policy): Keeping {
  return {
    previousId: conversation?.previousId,
    isKept: conversation?.isToBeKept === true && responses?.store !== false,
  };
}

/** What the account is to keep of a response. Undefined where that is more than it takes. */
export function responseToKeep(
  response: JsonRecord,
  { baseId, added }: Conversation,
  provider: string,
): KeptResponse | undefined {
  const input = JSON.stringify(added);
  const text = JSON.stringify(response);
  if (input.length + text.length > keptResponseBytesMax) return undefined;
  return {
    id: asText(response['id']) ?? '',
    ...(baseId === undefined ? {} : { baseId }),
    input,
    response: text,
    itemIds: asList(response['output']).flatMap((item) => asText(asRecord(item)?.['id']) ?? []),
    provider,
  };
}

/** Brings together a stream, which says what is to be kept, and its settlement, with which it is. */
export class ResponseKeeper {
  readonly #toKeep: (response: JsonRecord) => KeptResponse | undefined;
  readonly #clock: CallClock;
  readonly #isKept = Promise.withResolvers<boolean>();
  #response: KeptResponse | undefined;

  constructor(toKeep: (response: JsonRecord) => KeptResponse | undefined, clock: CallClock) {
    this.#toKeep = toKeep;
    this.#clock = clock;
  }

  /** For the settlement. Known when the stream is done with. */
  get response(): KeptResponse | undefined {
    return this.#response;
  }

  /** Answers once the response is kept, or is not to be, or nobody can say so soon. */
  readonly keep = async (response: JsonRecord): Promise<boolean> => {
    this.#response = this.#toKeep(response);
    if (this.#response === undefined) return false;
    return this.#clock.within(keepWaitMs, this.#isKept.promise).catch(() => false);
  };

  settled(isKept: boolean): void {
    this.#isKept.resolve(isKept);
  }
}
