import { type FakeAnswer, type FakeName, type FakeScript, eventText } from './fake.ts';
import { fakeAnswer } from './fake-answer.ts';

/** What a fake answers, as `fetch` has it: for tests that put a function in place of the network. */
export function responseOf({ status, headers, body }: FakeAnswer): Response {
  const text = body.kind === 'json' ? JSON.stringify(body.value) : body.events.map(eventText).join('');
  return new Response(text, { status, headers });
}

export async function fetchFake(name: FakeName, url: URL, init: RequestInit, script?: FakeScript): Promise<Response> {
  const headers = Object.fromEntries(new Headers(init.headers));
  const body = await new Response(init.body).text();
  const path = url.pathname + url.search;
  return responseOf(fakeAnswer(name, { method: init.method ?? 'GET', path, headers, body }, script));
}
