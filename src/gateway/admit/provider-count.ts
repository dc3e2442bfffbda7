import type { MessagesCall } from '../../protocols/messages/request.ts';
import type { Candidate } from '../../catalog/resolve.ts';
import { variable } from '../../env.ts';
import { countAtProviderMs, errorBodyBytesMax } from '../../limits.ts';
import { credentialsFor, sendCall } from '../../providers/send.ts';
import type { PlannedAttempt } from '../../core/routing/plan.ts';
import { needsOf } from '../../core/routing/needs.ts';
import { type JsonRecord, asCount, asRecord, parseJson } from '../../protocols/json/json-value.ts';
import { wordsPerTokenAssumed, wordsPerTokenMax } from '../../protocols/words.ts';
import { readBounded } from '../../http/read-body.ts';
import { type ClientCall, clientRequestOf } from './client-call.ts';
import { promptOf } from '../../protocols/protocols.ts';

/** The fields of a call for a count. The others are about an answer, of which there will be none. */
const countedFields = [
  'messages',
  'system',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'mcp_servers',
  'context_management',
] as const;

/**
 * How many tokens the target's provider counts in a message. Anthropic tells that for nothing. Undefined if it does not
 * tell soon enough: nothing depends on it.
 * @param call as it was encoded for the target: what is counted is what will be sent
 */
export async function countAtProvider(
  call: MessagesCall,
  { provider, endpoint, candidate }: PlannedAttempt,
  clientCall: ClientCall,
): Promise<number | undefined> {
  if (provider.kind !== 'anthropic') return undefined;
  const { env, requestId } = clientCall.incoming;
  const found = { provider, endpoint, variable: (name: string) => variable(env, name), ai: undefined };
  const credentials = credentialsFor(found);
  if (credentials.kind === 'missing') return undefined;
  const body = JSON.stringify({ model: candidate.target.model, ...countedPart(call) });
  try {
    const response = await sendCall({
      ...found,
      protocol: 'messages',
      purpose: 'count-tokens',
      targetModel: candidate.target.model,
      contextTokens: candidate.model?.contextTokens,
      clientRequest: clientRequestOf(clientCall),
      body: new TextEncoder().encode(body),
      stream: false,
      credential: credentials.credential,
      signal: AbortSignal.any([clientCall.request.signal, AbortSignal.timeout(countAtProviderMs)]),
      about: { requestId, userId: undefined, organizationId: undefined, endUser: undefined, price: undefined },
    });
    const text = new TextDecoder().decode(await readBounded(response, errorBodyBytesMax));
    const count = response.ok ? asCount(asRecord(parseJson(text))?.['input_tokens']) : undefined;
    return count === undefined || count < tokensLeast(call, candidate) ? undefined : count;
  } catch {
    return undefined;
  }
}

function countedPart({ request }: MessagesCall): JsonRecord {
  return Object.fromEntries(
    countedFields.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]),
  );
}

/** A server may name a number without having counted. A number that can't be true is ignored. */
function tokensLeast(call: MessagesCall, { model }: Candidate): number {
  const words = needsOf(call, promptOf(call)).input.words();
  return Math.max(1, Math.ceil(words / (wordsPerTokenMax(model?.tokenizer) ?? wordsPerTokenAssumed)));
}
