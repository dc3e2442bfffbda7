import { parseCatalog } from '../../catalog/parse-catalog.ts';
import { type Env, configuration } from '../../env.ts';
import type { Issue } from '../../http/issue.ts';
import { catalogBytesMax } from '../../limits.ts';
import { isJsonObject, parseJson } from './json.ts';

export type CheckedCatalog =
  /** JSON text of an object, without `version` and `warnings`. */
  | { readonly kind: 'document'; readonly text: string }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }
  | { readonly kind: 'too-large' };

/** The catalog as it can be written, or all that is wrong with it. */
export function checkedCatalog(env: Env, input: unknown): CheckedCatalog {
  // Over RPC more may come than JSON can say.
  const value = input === undefined ? null : parseJson(JSON.stringify(input));
  if (!isJsonObject(value)) return { kind: 'invalid', issues: [{ path: '', message: 'must be a JSON object' }] };
  // Answers add these two. They are left out, so that an answer can be changed and sent back.
  const { version: _, warnings: __, ...document } = value;
  const parsed = parseCatalog(document, configuration(env));
  if (parsed.kind === 'invalid') return { kind: 'invalid', issues: parsed.issues };
  const text = JSON.stringify(document);
  return new TextEncoder().encode(text).length > catalogBytesMax ? { kind: 'too-large' } : { kind: 'document', text };
}
