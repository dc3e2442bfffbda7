import type { MessagesCall } from '../anthropic/messages-request.ts';
import { variable } from '../env.ts';
import { countAtProviderMs, errorBodyBytesMax } from '../limits.ts';
import { credentialsFor, sendCall } from '../providers/send.ts';
import type { PlannedAttempt } from '../routing/plan.ts';
import { asCount, asRecord, parseJson } from '../wire/json-value.ts';
import { readBounded } from './attempt-body.ts';
import type { Exchange } from './exchange.ts';

/** What a call for a count may say: the others are about an answer, of which there will be none. */
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
 * How many tokens the provider of a target takes a message for, which Anthropic tells for nothing. Undefined where it
 * does not say so soon enough: nothing depends on it.
 */
export async function countAtProvider(
  { request }: MessagesCall,
  { provider, endpoint, candidate }: PlannedAttempt,
  { env, requestId }: Exchange,
  { headers }: Request,
): Promise<number | undefined> {
  if (provider.kind !== 'anthropic') return undefined;
  const found = { provider, endpoint, variable: (name: string) => variable(env, name), ai: undefined };
  const credentials = credentialsFor(found);
  if (credentials.kind === 'missing') return undefined;
  const said = countedFields.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]] as const]));
  const body = JSON.stringify({ model: candidate.target.model, ...Object.fromEntries(said) });
  try {
    const response = await sendCall({
      ...found,
      wire: 'messages',
      purpose: 'count-tokens',
      targetModel: candidate.target.model,
      contextTokens: candidate.model?.contextTokens,
      query: '',
      clientHeaders: headers,
      body: new TextEncoder().encode(body),
      stream: false,
      credential: credentials.credential,
      signal: AbortSignal.timeout(countAtProviderMs),
      about: { requestId, userId: undefined, organizationId: undefined, endUser: undefined, price: undefined },
    });
    const text = new TextDecoder().decode(await readBounded(response, errorBodyBytesMax));
    return response.ok ? asCount(asRecord(parseJson(text))?.['input_tokens']) : undefined;
  } catch {
    return undefined;
  }
}
