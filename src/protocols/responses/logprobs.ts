import { type JsonRecord, asCount, asList, asRecord, asText } from '../json/json-value.ts';

/** How probable the tokens of a text were: said in one way in the text itself, and in a shorter one in its events. */

/** What a chat completion says of its tokens, as the text of a response has it. */
export function partLogprobs(said: readonly unknown[]): readonly JsonRecord[] {
  return said.map((value) => {
    const top = asList(asRecord(value)?.['top_logprobs']);
    return { ...tokenOf(value), top_logprobs: top.map(tokenOf) };
  });
}

/** The same as its events have it. */
export function eventLogprobs(logprobs: readonly JsonRecord[]): readonly JsonRecord[] {
  return logprobs.map(({ top_logprobs: top, ...token }) => ({
    ...withoutBytes(token),
    top_logprobs: asList(top).map((each) => withoutBytes(asRecord(each) ?? {})),
  }));
}

/** A token that is no text of its own has no bytes in a chat completion. */
function tokenOf(value: unknown): JsonRecord {
  const { token, logprob, bytes } = asRecord(value) ?? {};
  return {
    token: asText(token) ?? '',
    bytes: asList(bytes).filter((byte) => asCount(byte) !== undefined),
    logprob: typeof logprob === 'number' ? logprob : 0,
  };
}

function withoutBytes(said: JsonRecord): JsonRecord {
  const { bytes: _, ...token } = said;
  return token;
}
