import * as v from 'valibot';
import { resolveModel } from '../catalog/resolve.ts';
import type { Catalog } from '../catalog/schema.ts';
import { matchesAny } from '../core/ledger/limit.ts';
import type { PolicyPatch } from '../core/account/policy.ts';
import { listOf } from './page-query.ts';

/** Patterns for models, and the path of the field that holds them. */
export interface PatternList {
  readonly path: string;
  readonly patterns: readonly string[];
}

export const warned = v.strictObject({ warnings: v.exactOptional(listOf(v.string())) });

export type Warned = v.InferOutput<typeof warned>;

/** The patterns in a policy, or in a change of one. */
export function patternLists(path: string, { limits, models }: Pick<PolicyPatch, 'limits' | 'models'>): PatternList[] {
  const lists = [
    ...(limits ?? []).map((limit, at) => ({ path: `${path}limits[${at}].models`, patterns: limit.models ?? [] })),
    ...(['allow', 'deny'] as const).map((list) => ({ path: `${path}models.${list}`, patterns: models?.[list] ?? [] })),
  ];
  return lists.filter(({ patterns }) => patterns.length > 0);
}

/**
 * Warns of patterns that match no model of this catalog, and says what would match. Such a pattern is stored all the
 * same, because the model may be listed later.
 */
export function warnedOf(lists: readonly PatternList[], catalog: Catalog): Warned {
  const warnings = lists.flatMap(({ path, patterns }) =>
    patterns.flatMap((pattern, at) => {
      const problem = problemOf(pattern, catalog);
      return problem === undefined ? [] : [`${path}[${at}] ${problem}`];
    }),
  );
  return warnings.length === 0 ? {} : { warnings };
}

function problemOf(pattern: string, catalog: Catalog): string | undefined {
  const isMatch = [...catalog.models.values()].some(({ name, aliases }) =>
    matchesAny([pattern], { model: name, aliases }),
  );
  if (isMatch) return undefined;
  const quoted = JSON.stringify(pattern);
  const found = resolveModel(catalog, pattern);
  if (found.kind === 'route') return `is ${quoted}, a route: what counts is the model that serves. Name its models.`;
  const first = found.kind === 'resolved' ? found.candidates[0] : undefined;
  // It names one version of a listed model, and matches calls for that version.
  if (first?.snapshot === pattern) return undefined;
  const listed = first?.model;
  if (listed !== undefined) return `is ${quoted}, a target of the model "${listed.name}": name the model.`;
  return `is ${quoted}, which matches no model of the catalog and none of their aliases: GET /admin/catalog has them.`;
}
