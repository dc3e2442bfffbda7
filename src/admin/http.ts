import { type IRequestStrict, Router } from 'itty-router';
import * as v from 'valibot';
import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { invalidRequest } from '../http/issue.ts';
import { jsonResponse } from '../http/json-response.ts';
import { readJson } from '../http/read-json.ts';
import { adminBodyBytesMax } from '../limits.ts';
import { identify } from '../identity/credentials.ts';
import type { Answer } from './admin-context.ts';
import type { ExpectedVersions } from '../actors/directory/directory-protocol.ts';
import type { PageInput } from './page-query.ts';
import type { AnyOperation, Declared } from './operation.ts';
import { operations } from './operations.ts';

const router = Router<IRequestStrict, [Env]>();
for (const operation of Object.values<AnyOperation>(operations)) {
  const { method, path, status } = operation;
  const handle = async (request: IRequestStrict, env: Env): Promise<Response> =>
    answerResponse(await operation.run({ env, who: 'admin-key' }, ...(await argumentsIn(request, operation))), status);
  router[method](path, handle);
  if (method === 'get') router.head(path, handle);
}

/** Answers every request under `/admin`. Throws a GatewayError to refuse; the caller makes an answer of it. */
export async function handleAdmin(request: Request, env: Env): Promise<Response> {
  await authenticate(request, env);
  const response: unknown = await router.fetch(request, env);
  return response instanceof Response ? response : refuseUnknown(request);
}

/** Runs first, so that only an admin learns which paths exist. */
async function authenticate(request: Request, env: Env): Promise<void> {
  const identity = await identify(request, env);
  if (identity.kind === 'admin') return;
  throw new GatewayError('permission_denied', 'This is an API key: admin endpoints take the admin key, ADMIN_KEY.', {
    shouldRetry: false,
  });
}

/** The operation's arguments, in order. Only checks that the body is JSON: the operation checks the rest. */
async function argumentsIn(request: IRequestStrict, operation: Declared): Promise<readonly unknown[]> {
  const { path, input, inputBytesMax = adminBodyBytesMax, paged, conditional, recursive } = operation;
  return [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name = '']) => decoded(request.params[name] ?? '')),
    ...(input === undefined ? [] : [await readJson(request, inputBytesMax, v.unknown())]),
    ...(paged === true ? [pageInput(new URL(request.url).searchParams)] : []),
    ...(conditional === true || recursive === true
      ? [
          {
            ...(conditional === true ? { ifVersion: expectedVersions(request.headers.get('if-match')) } : {}),
            ...(recursive === true ? { recursive: isRecursive(new URL(request.url).searchParams) } : {}),
          },
        ]
      : []),
  ];
}

/** A part of a path as it was meant. One that can't be decoded stays as it came, and names nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The page and the filters that a query asks for. Whether there are such, the operation checks. */
function pageInput(query: URLSearchParams): PageInput {
  const twice = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (twice !== undefined) throw invalidRequest([{ path: twice, message: 'must be given once' }]);
  return Object.fromEntries(query);
}

function isRecursive(query: URLSearchParams): boolean {
  const asked = query.get('recursive') ?? 'false';
  if (asked === 'true' || asked === 'false') return asked === 'true';
  throw invalidRequest([{ path: 'recursive', message: 'must be true or false' }]);
}

/**
 * The versions that an `if-match` names. A weak etag counts like a strong one, because a proxy that compresses answers
 * may weaken ours. An etag that is not ours matches nothing.
 */
function expectedVersions(ifMatch: string | null): ExpectedVersions {
  if (ifMatch === null || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((etag) => {
    const version = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(etag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}

function answerResponse({ data, version }: Answer<unknown>, status = 200): Response {
  return jsonResponse(data, { status, headers: version === undefined ? {} : { etag: `"${version}"` } });
}

function refuseUnknown(request: Request): never {
  const { pathname } = new URL(request.url);
  const allow = router.routes.filter(([, pattern]) => pattern.test(pathname)).map(([method]) => method);
  if (allow.length > 0) {
    const message = `${request.method} is not a method of ${pathname}: it has ${allow.join(', ')}.`;
    throw new GatewayError('method_not_allowed', message, { allow });
  }
  const paths = new Set(Object.values<Declared>(operations).map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}')));
  throw new GatewayError('not_found', `There is no ${pathname}. There are: ${[...paths].join(', ')}.`);
}
