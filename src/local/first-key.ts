/** The first user and API key, made through the admin endpoints like any other. */

import { randomBytes } from 'node:crypto';
import type { DataFolder } from './data-folder.ts';
import { Problem } from './problem.ts';

export interface FirstKey {
  readonly apiKey: string;
  /** False if the key has since been revoked or deleted, or has expired. */
  readonly works: boolean;
  /** Why no call can be served, if an admin can fix it. */
  readonly problem?: string;
}

export async function firstKey(folder: DataFolder, url: URL, adminKey: string): Promise<FirstKey> {
  const kept = folder.read('api-key')?.trim();
  if (kept !== undefined && kept !== '') {
    const answer = await fetch(new URL('/v1/models', url), { headers: { authorization: `Bearer ${kept}` } });
    const text = await answer.text();
    if (answer.status >= 500) {
      const problem = errorMessage(text);
      // If the admin endpoints work, the gateway must run, so that an admin can fix what is wrong.
      const headers = { authorization: `Bearer ${adminKey}` };
      const catalog = await fetch(new URL('/admin/catalog', url), { headers });
      if (!catalog.ok) throw new Problem(`The gateway does not work: ${problem}`);
      return { apiKey: kept, works: true, problem };
    }
    return { apiKey: kept, works: answer.ok };
  }
  const user = folder.read('user')?.trim() ?? (await firstUser(folder, url, adminKey));
  const apiKey = await post(new URL(`/admin/users/${user}/api-keys`, url), adminKey, { name: 'first' }, 'key');
  folder.write('api-key', `${apiKey}\n`);
  return { apiKey, works: true };
}

async function firstUser(folder: DataFolder, url: URL, adminKey: string): Promise<string> {
  // A start that was killed before it wrote the user down leaves a user behind, so a fixed address would be taken.
  const email = `owner-${randomBytes(4).toString('hex')}@weir.local`;
  const user = await post(new URL('/admin/users', url), adminKey, { email }, 'id');
  folder.write('user', `${user}\n`);
  return user;
}

async function post(url: URL, adminKey: string, body: object, field: string): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  const answered: unknown = answer.ok ? JSON.parse(text) : undefined;
  const value = new Map<string, unknown>(Object.entries(answered ?? {})).get(field);
  if (typeof value !== 'string') throw new Problem(`The gateway does not work: ${errorMessage(text)}`);
  return value;
}

/** The gateway's own message: which variable is wrong, for example, and how. */
function errorMessage(text: string): string {
  const message = /"message":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  return message === undefined ? text.trim() : String(JSON.parse(message));
}
