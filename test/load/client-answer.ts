/** How a client understands an answer, by its protocol alone. */

import type { Way } from './call-body.ts';
import { type Answer } from './http-connection.ts';
import { headerOf } from './response-parser.ts';

export type Seen =
  | { readonly kind: 'served' }
  /** By a limit. `final`: the answer says that asking again is no use. */
  | { readonly kind: 'refused'; readonly final: boolean; readonly isWellFormed: boolean }
  /** The call with the same idempotency key is still under way. */
  | { readonly kind: 'in-progress' }
  /** It may be repeated. `isCall`: Weir should have a record of it. */
  | { readonly kind: 'failed'; readonly what: string; readonly isCall: boolean }
  /** It ended neither properly nor with an error, so a client takes a part for the whole. */
  | { readonly kind: 'malformed'; readonly what: string };

interface Marks {
  readonly whole: RegExp;
  readonly streamEnd: RegExp;
  readonly streamError: RegExp;
}

const never = /(?!)/;

const marks: Readonly<Record<Way['to'], Marks>> = {
  chat: { whole: /"object":"chat\.completion"/, streamEnd: /data: \[DONE\]\n+$/, streamError: /^data: \{"error"/m },
  messages: {
    whole: /"type":"message"/,
    streamEnd: /^event: message_stop\n.*\n+$/m,
    streamError: /^event: error\n/m,
  },
  responses: {
    whole: /"object":"response"/,
    streamEnd: /^event: response\.(completed|incomplete)\n.*\n+$/m,
    streamError: /^event: (response\.failed|error)\n/m,
  },
  embeddings: { whole: /"object":"list"/, streamEnd: never, streamError: never },
  count: { whole: /"input_tokens":\d/, streamEnd: never, streamError: never },
};

export function seenIn({ to }: Way, stream: boolean, { status, head }: Answer, body: string): Seen {
  const { whole, streamEnd, streamError } = marks[to];
  if (status === 200) {
    if (stream && streamError.test(body)) return { kind: 'failed', what: 'error in stream', isCall: true };
    const isWhole = stream ? streamEnd.test(body) : whole.test(body) && body.trimEnd().endsWith('}');
    return isWhole ? { kind: 'served' } : { kind: 'malformed', what: `${to} ended with ${ending(body)}` };
  }
  const code = /"(?:error_)?code":"([a-z_]+)"/.exec(body)?.[1] ?? 'no code';
  if (status === 409 && code === 'idempotency_in_progress') return { kind: 'in-progress' };
  if (status === 429 && code !== 'provider_rate_limited') {
    const shouldRetry = headerOf(head, 'x-should-retry');
    const isWellFormed = shouldRetry !== undefined && body.includes('"limit":{');
    return { kind: 'refused', final: shouldRetry === 'false', isWellFormed };
  }
  // A call that no provider was asked to serve has no record.
  return { kind: 'failed', what: `${status} ${code}`, isCall: code !== 'provider_unavailable' };
}

function ending(body: string): string {
  return JSON.stringify(body.slice(-80));
}
