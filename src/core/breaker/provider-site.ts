import * as v from 'valibot';
import { endpointsPerProviderMax, healthCheckEveryMsMin, namesSoughtMax } from '../../limits.ts';
import { namedRecord } from '../../named-record.ts';

/**
 * Where a provider is, and how to check it. A ProviderHealth object learns it from routers, which have the catalog. It
 * holds only names of secrets: their values are in the object's own environment.
 */
export const ProviderSiteSchema = v.object({
  /** An older catalog changes nothing. */
  catalogVersion: v.number(),
  kind: v.picklist(['openai', 'anthropic']),
  endpoints: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        baseUrl: v.pipe(v.string(), v.url()),
        secret: v.optional(v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]*$/))),
      }),
    ),
    v.minLength(1),
    v.maxLength(endpointsPerProviderMax),
  ),
  /** The headers that the catalog adds to every call. */
  headers: namedRecord(v.string(), v.string()),
  check: v.optional(
    v.object({
      path: v.pipe(v.string(), v.startsWith('/')),
      everyMs: v.pipe(v.number(), v.minValue(healthCheckEveryMsMin)),
    }),
  ),
  /** The provider's own names for the catalog's models, to look for in its list. */
  models: v.pipe(v.array(v.string()), v.maxLength(namesSoughtMax)),
});

export type ProviderSite = v.InferOutput<typeof ProviderSiteSchema>;
export type SiteEndpoint = ProviderSite['endpoints'][number];

/** Whether the path of a check is a list of models. */
export function listsModels(path: string): boolean {
  return path.endsWith('/models');
}

export interface CheckRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A check of an endpoint, with the same credential as its calls. `path` follows the base URL. */
export function checkRequest(
  { kind, headers: added }: Pick<ProviderSite, 'kind' | 'headers'>,
  { baseUrl }: Pick<SiteEndpoint, 'baseUrl'>,
  path: string,
  credential: string | undefined,
): CheckRequest {
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'weir' };
  if (kind === 'anthropic') headers['anthropic-version'] = '2023-06-01';
  if (credential !== undefined) {
    if (kind === 'anthropic') headers['x-api-key'] = credential;
    else headers['authorization'] = `Bearer ${credential}`;
  }
  for (const [name, value] of Object.entries(added)) headers[name.toLowerCase()] = value;
  return { url: baseUrl + path, headers };
}
