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

/** All endpoints. Nothing else under `/v1` is passed on to providers, so that nothing goes uncounted. */
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

const router = Router<IRequestStrict, [Incoming], Promise<Response>>();

/** Clients whose base URL lacks the version find the same. These come last, because they are asked less often. */
const unversioned = endpoints.flatMap(([method, path, handler]) =>
  path.startsWith('/v1/') ? [[method, path.slice('/v1'.length), handler] as const] : [],
);
const all = [...endpoints, ...unversioned];

/** The endpoints without a parameter. Calls come to them, so they are found without trying one path after the other. */
const plain = new Map<string, Handler>(
  all.flatMap(([method, path, handler]) => (path.includes(':') ? [] : [[`${method} ${path}`, handler] as const])),
);

export async function route(request: Request, incoming: Incoming): Promise<Response> {
  const handler = plain.get(`${request.method} ${pathIn(request.url)}`);
  return handler === undefined ? router.fetch(request, incoming) : handler(request, incoming, '');
}

/** The path of a URL as the platform writes it, which is much quicker than to take the URL apart. */
function pathIn(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2);
  const query = url.indexOf('?', from);
  return query < 0 ? url.slice(from) : url.slice(from, query);
}

/** Paths of OpenAI that Weir does not have. Without this, the router would take `compact` for an id. */
for (const path of ['/v1/responses/compact', '/responses/compact']) router.all(path, notFound);

for (const [method, path, handler] of all) {
  const handle = (request: IRequestStrict, incoming: Incoming): Promise<Response> =>
    handler(request, incoming, decoded(request.params['parameter'] ?? ''));
  if (method === 'POST') router.post(path, handle);
  else if (method === 'DELETE') router.delete(path, handle);
  else router.get(path, handle).head(path, handle);
}

for (const path of new Set(all.map(([, each]) => each))) {
  router.all(path, (request) => {
    const taken = all.filter(([, each]) => each === path).map(([method]) => method);
    const allow = taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
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

/** `GET, HEAD and DELETE`. */
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
