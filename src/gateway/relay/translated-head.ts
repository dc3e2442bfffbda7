import type { Keeping, ToldResponse } from '../../protocols/responses/object.ts';
import type { ProtocolName } from '../../protocols/protocol-call.ts';

/** What a translated answer says about itself. */
export interface TranslatedHead {
  readonly id: string;
  readonly model: string;
  /** In seconds since 1970. */
  readonly created: number;
  /** The current time, in the same seconds. */
  readonly now: () => number;
  /** For a response. */
  readonly keeping?: Keeping | undefined;
}

/** @param requestId `req_…`, which is unique: so is the id made from it */
export function translatedHead(
  protocol: ProtocolName,
  requestId: string,
  model: string,
  startedAtMs: number,
  keeping?: Keeping,
): TranslatedHead {
  const id = prefixes[protocol] + requestId.slice(requestId.indexOf('_') + 1);
  return { id, model, created: Math.floor(startedAtMs / 1000), now: () => Math.floor(Date.now() / 1000), keeping };
}

/** The same, in the words of the Responses API. */
export function toldResponse({ created, ...head }: TranslatedHead): ToldResponse {
  return { ...head, createdAt: created };
}

const prefixes: Readonly<Record<ProtocolName, string>> = {
  chat: 'chatcmpl-',
  messages: 'msg_',
  responses: 'resp_',
  embeddings: 'emb_',
};
