import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkEndpoint, fetchModelList } from '../../../src/actors/provider-health/ask-endpoint.ts';
import { type CheckResult, describeCheck, outcomeOfCheck } from '../../../src/actors/provider-health/check-result.ts';
import { checkRequest } from '../../../src/core/breaker/provider-site.ts';
import { healthCheckTimeoutMs, modelListBytesMax, modelListPagesMax } from '../../../src/limits.ts';

const request = { url: 'https://a.example/v1/models', headers: { authorization: 'Bearer secret' } };
const asked: { url: string; init: RequestInit | undefined }[] = [];
let answer: (url: string) => Response | Promise<Response>;

beforeEach(() => {
  asked.length = 0;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push({ url, init });
    return answer(url);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function abortOf(signal: AbortSignal | null | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(new Error('aborted')));
  return promise;
}

describe('a check', () => {
  test('is a GET with the credential that follows no redirect, and leaves the body unread', async () => {
    const cancelled = vi.fn<() => void>();
    answer = () => new Response(new ReadableStream({ cancel: cancelled }), { status: 302 });
    expect(await checkEndpoint(request)).toEqual({ kind: 'answered', status: 302 });
    const { url, headers } = request;
    expect(asked).toMatchObject([{ url, init: { method: 'GET', redirect: 'manual', headers } }]);
    expect(cancelled).toHaveBeenCalledOnce();
  });

  test('that finds nobody says so, and never throws', async () => {
    answer = async () => Promise.reject(new TypeError('connection refused by Bearer secret'));
    expect(await checkEndpoint(request)).toEqual({ kind: 'unreachable' });
  });

  test('that is not answered in time is given up', async () => {
    vi.useFakeTimers();
    answer = async () => abortOf(asked[0]?.init?.signal);
    const checking = checkEndpoint(request);
    await vi.advanceTimersByTimeAsync(healthCheckTimeoutMs - 1);
    expect(asked[0]?.init?.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await checking).toEqual({ kind: 'late' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that was answered leaves no timer behind', async () => {
    vi.useFakeTimers();
    answer = () => new Response();
    await checkEndpoint(request);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<[CheckResult, string, string]>([
    [{ kind: 'answered', status: 200 }, 'success', 'answered 200'],
    [{ kind: 'answered', status: 204 }, 'success', 'answered 204'],
    [{ kind: 'answered', status: 302 }, 'neutral', 'answered 302'],
    [{ kind: 'answered', status: 401 }, 'neutral', 'answered 401'],
    [{ kind: 'answered', status: 404 }, 'neutral', 'answered 404'],
    [{ kind: 'answered', status: 429 }, 'neutral', 'answered 429'],
    [{ kind: 'answered', status: 500 }, 'failure', 'answered 500'],
    [{ kind: 'answered', status: 503 }, 'failure', 'answered 503'],
    [{ kind: 'late' }, 'failure', 'did not answer in time'],
    [{ kind: 'unreachable' }, 'failure', 'could not be reached'],
  ])('%j is a %s', (result, outcome, found) => {
    expect(outcomeOfCheck(result)).toBe(outcome);
    expect(describeCheck(result)).toBe(found);
  });
});

describe('what is sent', () => {
  const endpoint = { name: 'a', baseUrl: 'https://a.example' };

  test('has the credential where the provider wants it, and the headers of the catalog', () => {
    const openai = checkRequest({ kind: 'openai', headers: { 'X-Title': 'weir' } }, endpoint, '/models', 'k');
    expect(openai).toMatchObject({
      url: 'https://a.example/models',
      headers: { authorization: 'Bearer k', 'x-title': 'weir' },
    });
    const anthropic = checkRequest({ kind: 'anthropic', headers: {} }, endpoint, '/v1/models', 'k');
    expect(anthropic.headers).toMatchObject({ 'x-api-key': 'k', 'anthropic-version': '2023-06-01' });
    expect(anthropic.headers).not.toHaveProperty('authorization');
  });

  test('has no credential for a server that wants none', () => {
    const { headers } = checkRequest({ kind: 'openai', headers: {} }, endpoint, '/models', undefined);
    expect(Object.keys(headers).toSorted()).toEqual(['accept', 'user-agent']);
  });
});

describe('a list of models', () => {
  const list = async () => fetchModelList('anthropic', '/models', (path) => ({ ...request, url: `https://a${path}` }));
  const pageAfter = (url: string): number => Number(new URL(url).searchParams.get('after_id') ?? 0);
  /** Pages of one model each, of which the last is `last`. */
  const pagesTo =
    (last: number) =>
    (url: string): Response => {
      const id = String(pageAfter(url) + 1);
      return Response.json({ data: [{ id }], has_more: Number(id) < last, last_id: id });
    };

  test('is read page by page, up to a bound', async () => {
    answer = pagesTo(modelListPagesMax);
    const names = Array.from({ length: modelListPagesMax }, (_each, index) => String(index + 1));
    expect(await list()).toEqual({ kind: 'read', names });
    answer = pagesTo(modelListPagesMax + 1);
    expect(await list()).toEqual({ kind: 'unread', problem: `has more than ${modelListPagesMax} pages` });
  });

  test('is read up to so many bytes', async () => {
    const body = (bytes: number): string => '{"data":[]}'.padEnd(bytes);
    answer = () => new Response(body(modelListBytesMax));
    expect(await list()).toMatchObject({ kind: 'read' });
    answer = () => new Response(body(modelListBytesMax + 1));
    expect(await list()).toEqual({ kind: 'unread', problem: `is longer than ${modelListBytesMax} bytes` });
  });

  test.each<[string, () => Response | Promise<Response>, string]>([
    ['refused', () => new Response('no', { status: 403 }), 'answered 403'],
    ['moved', () => new Response(null, { status: 301 }), 'answered 301'],
    ['garbage', () => new Response('<html>'), 'is no list of models'],
    ['nowhere', async () => Promise.reject(new TypeError('lost')), 'could not be reached'],
    ['moved on', () => Response.redirect('https://evil.example/', 307), 'answered 307'],
    [
      'cut off',
      () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })),
      'broke off',
    ],
  ])('that is %s is not taken for one without models', async (_what, reply, problem) => {
    answer = reply;
    expect(await list()).toEqual({ kind: 'unread', problem });
  });
});
