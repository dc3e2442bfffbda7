import * as v from 'valibot';
import { expect } from 'vitest';
import type { AnyOperation } from '../../src/admin/operation.ts';
import { operations } from '../../src/admin/operations.ts';

/** Compares the answer of an admin endpoint with the table of operations. */
export function expectDeclared(
  method: string,
  path: string,
  answer: { readonly status: number; readonly body: unknown },
): void {
  if (answer.status >= 400 || method === 'HEAD') return;
  const [pathname = ''] = path.split('?');
  const operation = Object.values<AnyOperation>(operations).find(
    (each) =>
      each.method === method.toLowerCase() && new RegExp(`^${each.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname),
  );
  if (operation === undefined) throw new Error(`no operation is ${method} ${path}`);
  expect(answer.status).toBe(operation.status ?? 200);
  expect(v.safeParse(operation.output, answer.body).issues, `${method} ${path}`).toBeUndefined();
}
