import * as v from 'valibot';
import { endpointsPerProviderMax, healthCheckEveryMsMin, namesSoughtMax } from '../../limits.ts';
import { namedRecord } from '../../named-record.ts';

/**
 * Where a provider is, and how it can be asked whether it is well. A ProviderHealth object learns it from routers,
 * which have the catalog. It names secrets, and holds none: their values are in the object's own environment.
 */
export const ProviderSiteSchema = v.object({
  /** What an older catalog says changes nothing. */
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
  /** As the catalog adds them to every call. */
  headers: namedRecord(v.string(), v.string()),
  check: v.optional(
    v.object({
      path: v.pipe(v.string(), v.startsWith('/')),
      everyMs: v.pipe(v.number(), v.minValue(healthCheckEveryMsMin)),
    }),
  ),
  /** The provider's own names for the models that the catalog has there, to be looked for in its list. */
  models: v.pipe(v.array(v.string()), v.maxLength(namesSoughtMax)),
});

export type ProviderSite = v.InferOutput<typeof ProviderSiteSchema>;
export type SiteEndpoint = ProviderSite['endpoints'][number];

/** Whether what a check asks for is a list of models too. */
export function listsModels(path: string): boolean {
  return path.endsWith('/models');
}

export interface CheckRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A check of an endpoint, with its credential as its calls have it. `path` is from the base URL on. */
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
