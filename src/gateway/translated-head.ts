import type { WireName } from '../wire/wire-call.ts';

/** What an answer says of itself that was translated for its client. */
export interface TranslatedHead {
  readonly id: string;
  readonly model: string;
  /** In seconds since 1970. */
  readonly created: number;
}

/** @param requestId `req_…`, which is unique: so is what is made of it */
export function translatedHead(wire: WireName, requestId: string, model: string, nowMs: number): TranslatedHead {
  return { id: prefixes[wire] + requestId.slice(requestId.indexOf('_') + 1), model, created: Math.floor(nowMs / 1000) };
}

const prefixes: Readonly<Record<WireName, string>> = {
  chat: 'chatcmpl-',
  messages: 'msg_',
  responses: 'resp_',
  embeddings: 'emb_',
};
