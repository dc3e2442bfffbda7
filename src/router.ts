import { type IRequestStrict, Router } from 'itty-router';
import { handleAdmin } from './admin/http.ts';
import { handleRequestRecord, handleUsage } from './endpoints/account.ts';
import type { Incoming } from './gateway/request/incoming.ts';
import { handleCall } from './gateway/call.ts';
import { handleCountTokens, handleInputTokens } from './endpoints/count-tokens.ts';
import { handleHealth } from './endpoints/health.ts';
import { handleModel, handleModels } from './endpoints/models.ts';
import { handleForgetResponse, handleInputItems, handleResponse } from './endpoints/kept-responses.ts';
import { GatewayError } from './http/errors.ts';
import { absentPath, mistakenPath } from './http/mistaken-path.ts';

type Method = 'GET' | 'POST' | 'DELETE';
type Handler = (request: Request, incoming: Incoming, parameter: string) => Promise<Response>;

/** All endpoints. Anything else under `/v1` is not passed on, so that nothing is passed on uncounted. */
const endpoints: readonly (readonly [method: Method, path: string, handler: Handler])[] = [
  ['POST', '/v1/chat/completions', handleCall('chat')],
  ['POST', '/v1/responses', handleCall('responses')],
  ['POST', '/v1/responses/input_tokens', handleInputTokens],
  ['GET', '/v1/responses/:parameter', handleResponse],
  ['DELETE', '/v1/responses/:parameter', handleForgetResponse],
  ['GET', '/v1/responses/:parameter/input_items', handleInputItems],
  ['POST', '/v1/messages', handleCall('messages')],
  ['POST', '/v1/messages/count_tokens', handleCountTokens],
  ['POST', '/v1/embeddings', handleCall('embeddings')],
  ['GET', '/v1/models', handleModels],
  ['GET', '/v1/models/:parameter+', handleModel],
  ['GET', '/v1/usage', handleUsage],
  ['GET', '/v1/requests/:parameter', handleRequestRecord],
  ['GET', '/health', handleHealth],
];

export const router = Router<IRequestStrict, [Incoming], Promise<Response>>();

/** The same without `/v1`, for clients whose base URL lacks the version. These come last: they are asked less. */
const unversioned = endpoints.flatMap(([method, path, handler]) =>
  path.startsWith('/v1/') ? [[method, path.slice('/v1'.length), handler] as const] : [],
);

/** What OpenAI has and Weir has not. It comes first, or its path would be taken for one with an id. */
for (const path of ['/v1/responses/compact', '/responses/compact']) router.all(path, notFound);

for (const [method, path, handler] of [...endpoints, ...unversioned]) {
  const handle = (request: IRequestStrict, incoming: Incoming): Promise<Response> =>
    handler(request, incoming, decoded(request.params['parameter'] ?? ''));
  if (method === 'POST') router.post(path, handle);
  else if (method === 'DELETE') router.delete(path, handle);
  else router.get(path, handle).head(path, handle);
}

for (const path of new Set([...endpoints, ...unversioned].map(([, each]) => each))) {
  router.all(path, (request) => {
    const allow = [...endpoints, ...unversioned].flatMap(([method, each]) => (each === path ? methods[method] : []));
    const message = `${request.method} is not a method of ${shown(path)}: it takes ${listed(allow)}.`;
    throw new GatewayError('method_not_allowed', message, { allow });
  });
}

router.all('/admin/*', (request, { env }) => handleAdmin(request, env));

router.all('*', notFound);

function notFound(request: IRequestStrict): never {
  const url = new URL(request.url);
  const remedy = absentPath(url) ?? mistakenPath(url)?.remedy;
  const known = endpoints.map(([method, path]) => `${method} ${shown(path)}`).join(', ');
  const message = `There is no ${url.pathname}.${remedy === undefined ? '' : ` ${remedy}`} There are: ${known}.`;
  throw new GatewayError('not_found', message);
}

/** Whatever has GET has HEAD. */
const methods: Readonly<Record<Method, readonly string[]>> = {
  GET: ['GET', 'HEAD'],
  POST: ['POST'],
  DELETE: ['DELETE'],
};

function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function shown(path: string): string {
  return path.replace(/:parameter\+?/, '{id}');
}

function decoded(parameter: string): string {
  try {
    return decodeURIComponent(parameter);
  } catch (cause) {
    throw new GatewayError('invalid_request', `The path can't be read: in '${parameter}', a % begins no escape.`, {
      cause,
    });
  }
}
