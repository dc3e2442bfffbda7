/** What people put before an endpoint when they set a client's base URL wrong. Pure. */

interface MistakenPath {
  readonly protocol: 'openai' | 'anthropic';
  /** What the client should use as its base URL. */
  readonly remedy: string;
}

/**
 * Base URLs of other services, or of one endpoint instead of all. Examples are a segment too many, as `/v1` where the
 * client adds its own, `/openai/v1`, `/api/v1`, and Azure's with the name of a deployment.
 */
const straySegments = [
  'v\\d|v1beta|api|openai|anthropic|compat|inference|paas',
  '(?:deployments|engines)/[^/]+',
  'chat/completions|responses|messages|embeddings',
];
const strayPrefix = new RegExp(`^/*(?:(?:${straySegments.join('|')})/+)*$`);

const endpointAtEnd =
  /(?:^|\/)(chat\/completions|responses|messages|messages\/count_tokens|embeddings|models(?:\/[^/]+)?|usage)\/*$/;

/** Undefined if a path does not end in an endpoint, or begins with something that is no known mistake. */
export function mistakenPath({ origin, pathname }: Pick<URL, 'origin' | 'pathname'>): MistakenPath | undefined {
  const found = endpointAtEnd.exec(pathname);
  if (found === null || !strayPrefix.test(`${pathname.slice(0, found.index)}/`)) return undefined;
  const isMessages = found[1]?.startsWith('messages') === true;
  const model = /\/deployments\/|\/engines\//.test(pathname) ? " The model is named in the body, as 'model'." : '';
  return isMessages
    ? {
        protocol: 'anthropic',
        remedy: `Set the client's base URL to ${origin} or, if it adds no /v1 itself, to ${origin}/v1.${model}`,
      }
    : { protocol: 'openai', remedy: `Set the client's base URL to ${origin}/v1.${model}` };
}

const conversations = /^(?:\/v1)?\/conversations(?:\/|$)/;
const compaction = /^(?:\/v1)?\/responses\/compact\/*$/;

/** What to do instead of asking for something that OpenAI has and Weir has not. */
export function absentPath({ pathname }: Pick<URL, 'pathname'>): string | undefined {
  if (conversations.test(pathname)) {
    return "No conversations are kept here: go on from a response with 'previous_response_id'.";
  }
  if (compaction.test(pathname)) return "Ask a model for a summary, and begin a new conversation with it in 'input'.";
  return undefined;
}
