import { healthCheckTimeoutMs, modelListBytesMax, modelListPagesMax, modelListTimeoutMs } from '../../limits.ts';
import { readBounded } from '../../http/read-body.ts';
import { GatewayError } from '../../http/errors.ts';
import { type CheckResult, describeCheck } from './check-result.ts';
import { modelPagePath, readModelPage } from './model-list.ts';
import type { CheckRequest } from '../../core/breaker/provider-site.ts';

/** The only place where ProviderHealth calls providers. Nothing here throws, and no redirect is followed. */

export async function checkEndpoint(request: CheckRequest): Promise<CheckResult> {
  return within(healthCheckTimeoutMs, async (signal) => {
    const answer = await get(request, signal);
    if (!(answer instanceof Response)) return answer;
    discard(answer);
    return { kind: 'answered', status: answer.status };
  });
}

type ModelList =
  | { readonly kind: 'read'; readonly names: readonly string[] }
  | { readonly kind: 'unread'; readonly problem: string };

/** Reads all pages of a list of models, or none. */
export async function fetchModelList(
  kind: 'openai' | 'anthropic',
  path: string,
  requestOf: (path: string) => CheckRequest,
): Promise<ModelList> {
  return within(modelListTimeoutMs, async (signal) => readPages(kind, path, requestOf, signal));
}

async function readPages(
  kind: 'openai' | 'anthropic',
  path: string,
  requestOf: (path: string) => CheckRequest,
  signal: AbortSignal,
): Promise<ModelList> {
  const names: string[] = [];
  let bytesLeft = modelListBytesMax;
  let after: string | undefined;
  for (let page = 0; page < modelListPagesMax; page += 1) {
    const answer = await get(requestOf(modelPagePath(kind, path, after)), signal);
    if (!(answer instanceof Response)) return unread(describeCheck(answer));
    if (answer.status !== 200) {
      discard(answer);
      return unread(describeCheck({ kind: 'answered', status: answer.status }));
    }
    const body = await readBody(answer, bytesLeft);
    if (typeof body === 'string') return unread(body);
    bytesLeft -= body.byteLength;
    const read = readModelPage(new TextDecoder().decode(body));
    if (read === undefined) return unread('is no list of models');
    names.push(...read.names);
    if (read.after === undefined) return { kind: 'read', names };
    ({ after } = read);
  }
  return unread(`has more than ${modelListPagesMax} pages`);
}

function unread(problem: string): ModelList {
  return { kind: 'unread', problem };
}

/** No timer outlives its work: it would keep the object in memory. */
async function within<Result>(ms: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** A redirect would take the credential along. An error may quote what was sent, and is not kept. */
async function get({ url, headers }: CheckRequest, signal: AbortSignal): Promise<Response | CheckResult> {
  try {
    return await fetch(url, { method: 'GET', headers, signal, redirect: 'manual' });
  } catch {
    return { kind: signal.aborted ? 'late' : 'unreachable' };
  }
}

function discard(answer: Response): void {
  void answer.body?.cancel().catch(() => undefined);
}

/** The body, or why there is none to read. */
async function readBody(answer: Response, bytesMax: number): Promise<Uint8Array | string> {
  try {
    return await readBounded(answer, bytesMax);
  } catch (error) {
    return error instanceof GatewayError ? `is longer than ${modelListBytesMax} bytes` : 'broke off';
  }
}
