/**
 * `node src/local/smoke.ts URL` tries out a gateway anywhere: is it up, and does it keep strangers out? If ADMIN_KEY is
 * set: is a call to the `echo` model answered, does it cost what it should, and does it stop at its limit? It needs no
 * provider key. At the end it deletes the user that it made, with its key.
 */

import { pathToFileURL } from 'node:url';
import { Problem, runProgram } from './problem.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

type Send = (method: string, path: string, key?: string, body?: object) => Promise<Answer>;

/** Throws a Problem that names the first failure. Makes no call if the admin key is empty. */
export async function smokeTest(url: URL, adminKey: string): Promise<void> {
  console.log(`Trying out ${url.origin}`);
  const send: Send = async (method, path, key, body) => {
    const answer = await fetch(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    }).catch((error: unknown) => {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      throw new Problem(`${method} ${path} got no answer: ${String(cause)}`);
    });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  const health = await send('GET', '/health');
  expectThat('it is up', health.status === 200 && field(health, 'status') === 'ok', health);
  const stranger = await send('POST', '/v1/chat/completions', undefined, chat(false));
  expectThat('a call without a key is refused', stranger.status === 401, stranger);
  const forged = await send('POST', '/v1/chat/completions', 'weir_live_forged', chat(false));
  expectThat('a forged key is refused', forged.status === 401, forged);
  const strangerAdmin = await send('GET', '/admin/catalog');
  expectThat('administration is closed to strangers', strangerAdmin.status === 401, strangerAdmin);
  if (adminKey === '') {
    console.log('ADMIN_KEY is not set, so no call was made.');
    return;
  }

  const user = await send('POST', '/admin/users', adminKey, { email: `smoke-${Date.now()}@weir.local` });
  expectThat('a user can be made', user.status === 201, user);
  const userPath = `/admin/users/${field(user, 'id')}`;
  let key: string;
  try {
    key = await tryCalls(send, userPath, adminKey);
  } finally {
    await send('DELETE', userPath, adminKey);
  }
  const deleted = await send('POST', '/v1/chat/completions', key, chat(false));
  expectThat('a deleted key is refused at once', deleted.status === 401, deleted);
}

/** Returns the API key that it made. */
async function tryCalls(send: Send, userPath: string, adminKey: string): Promise<string> {
  const limits = [{ metric: 'requests', per: 'total', max: 2 }];
  const made = await send('POST', `${userPath}/api-keys`, adminKey, { name: 'smoke test', limits });
  expectThat('an API key can be made', made.status === 201, made);
  const key = field(made, 'key');
  const answer = await send('POST', '/v1/chat/completions', key, chat(false));
  expectThat('a call is answered', answer.status === 200 && answer.text.includes('"choices"'), answer);
  const cost = Number(answer.headers.get('x-gateway-cost-usd'));
  expectThat(`it cost $${answer.headers.get('x-gateway-cost-usd')}`, cost > 0 && cost < 0.001, answer);
  const stream = await send('POST', '/v1/chat/completions', key, chat(true));
  expectThat('a stream ends as it should', stream.status === 200 && stream.text.includes('data: [DONE]'), stream);
  const over = await send('POST', '/v1/chat/completions', key, chat(false));
  expectThat('the third call of two is refused', over.status === 429, over);
  return key;
}

function chat(stream: boolean): object {
  return { model: 'echo', stream, messages: [{ role: 'user', content: 'Is anyone there?' }] };
}

function expectThat(what: string, holds: boolean, answer: Answer): void {
  if (!holds) throw new Problem(`Not so: ${what}. The answer was ${answer.status}: ${answer.text.slice(0, 500)}`);
  console.log(`  ok  ${what}`);
}

/** A text field of a JSON answer; empty if absent. */
function field(answer: Answer, name: string): string {
  try {
    const parsed: unknown = JSON.parse(answer.text);
    const value = new Map<string, unknown>(Object.entries(parsed ?? {})).get(name);
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

async function main(): Promise<void> {
  const [text, ...rest] = process.argv.slice(2);
  if (text === undefined || rest.length > 0 || !URL.canParse(text)) {
    throw new Problem('Say which gateway to try out: node src/local/smoke.ts https://weir.example.com');
  }
  await smokeTest(new URL(text), process.env['ADMIN_KEY'] ?? '');
}

// An operator may run this with any Node: older ones don't know `import.meta.main`, and would do nothing.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await runProgram(main);
