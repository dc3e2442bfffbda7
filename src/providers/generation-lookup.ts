import { errorBodyBytesMax, generationPausesMs, providerNameCharsMax } from '../limits.ts';
import { generationUsage } from '../protocols/chat/generation-usage.ts';
import { asRecord, parseJson } from '../protocols/json/json-value.ts';
import type { ReportedUsage } from '../protocols/reported-usage.ts';
import { readBounded } from '../http/read-body.ts';

/** Asks a provider afterwards what a call cost. The call ended too early to say so. */

export interface GenerationQuery {
  readonly baseUrl: string;
  /** Below the base URL. */
  readonly path: string;
  /** The id of the answer's first chunk. */
  readonly id: string;
  readonly credential: string | undefined;
}

interface GenerationAsking {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * The provider needs a moment to know. It is asked again after each pause, until the signal ends that. Undefined if it
 * never says. Nothing is thrown, since nothing depends on the answer.
 */
export async function lookUpGeneration(
  query: GenerationQuery,
  { fetch, wait, signal }: GenerationAsking,
): Promise<ReportedUsage | undefined> {
  if (query.id === '' || query.id.length > providerNameCharsMax) return undefined;
  const url = `${query.baseUrl}${query.path}?id=${encodeURIComponent(query.id)}`;
  const headers = {
    'user-agent': 'weir',
    ...(query.credential === undefined ? {} : { authorization: `Bearer ${query.credential}` }),
  };
  for (const pauseMs of generationPausesMs) {
    try {
      await wait(pauseMs, signal);
      if (signal.aborted) return undefined;
      const response = await fetch(url, { method: 'GET', headers, signal, redirect: 'manual' });
      const text = new TextDecoder().decode(await readBounded(response, errorBodyBytesMax));
      const answer = response.ok ? asRecord(parseJson(text)) : undefined;
      const usage = answer === undefined ? undefined : generationUsage(answer);
      if (usage !== undefined) return usage;
      if (!mayKnowLater(response.status)) return undefined;
    } catch {
      if (signal.aborted) return undefined;
    }
  }
  return undefined;
}

/** The status is 404 until the cost is known. Any other error is final. */
function mayKnowLater(status: number): boolean {
  return status < 300 || status === 404 || status === 408 || status === 429 || status >= 500;
}
