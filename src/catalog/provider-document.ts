import * as v from 'valibot';
import { BreakerConfigSchema, defaultBreakerConfig } from '../core/breaker/breaker-config.ts';
import {
  endpointsPerProviderMax,
  headerValueBytesMax,
  headersPerProviderMax,
  healthCheckEveryMs,
  healthCheckEveryMsMax,
  healthCheckEveryMsMin,
  nameCharsMax,
  neutralParamsMax,
  weightMax,
} from '../limits.ts';
import { namedRecord } from '../named-record.ts';
import { quirksSchema } from './quirks.ts';
import { wholeNumber } from './whole-number.ts';

/** A provider as people write it. */

/** Weir's own variables. If a catalog could name them, it could send them to any server in the world. */
const ownSecrets: ReadonlySet<string> = new Set([
  'ADMIN_KEY',
  'KEY_SECRET',
  'AI_GATEWAY_TOKEN',
  'ALERT_WEBHOOK_URL',
  'CLIENT_WATCH_KEY',
  'CLOUDFLARE_API_TOKEN',
  'JWT_ISSUERS',
  'LANGFUSE_PUBLIC_KEY',
  'LANGFUSE_SECRET_KEY',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'POSTHOG_API_KEY',
  'WEBHOOK_SECRET',
]);

const secret = v.pipe(
  v.string(),
  v.regex(
    /^[A-Z][A-Z0-9_]{0,127}$/,
    'must be the name of a variable, such as OPENAI_API_KEY: the secret itself is never stored here',
  ),
  v.check((name) => !ownSecrets.has(name), "must not be a secret of Weir's own"),
);

/** The platform or Weir sets them, they are credentials (which belong in a secret), or only the next hop reads them. */
const refusedHeaders = new RegExp(
  '^(authorization|proxy-.*|x-api-key|api-key|cookie2?|set-cookie|host|connection|keep-alive|te|trailer|upgrade' +
    '|expect|transfer-encoding|content-(length|type|encoding)|accept-encoding|date|via|forwarded|x-forwarded-.*' +
    '|x-real-ip|cf-.*)$',
);

const header = {
  name: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header, in lower case'),
    v.check(
      (name) => !refusedHeaders.test(name),
      'can not be set here: credentials belong in a secret, and Weir sets the other headers of a call itself',
    ),
  ),
  value: v.pipe(
    v.string(),
    v.regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
    v.maxLength(headerValueBytesMax, `must be at most ${headerValueBytesMax} bytes`),
  ),
};

/** What an endpoint does not say, its provider says. */
const endpoint = v.strictObject({
  /** Unique in its provider: the name of its breaker. */
  name: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'must be letters, digits, ".", "_" and "-"'))),
  baseUrl: v.optional(v.string()),
  secret: v.optional(secret),
  weight: v.optional(
    wholeNumber(1, weightMax, 'must be at least 1: leave the endpoint out if it is to get nothing'),
    1,
  ),
});

/** Below the base URL, as it stands in a URL. */
const pathBelow = v.pipe(
  v.string(),
  v.regex(/^\/[\w./-]{1,200}$/, 'must be a path that begins with a slash, such as "/models"'),
);

const common = {
  /** Whether the catalog lets it be used. Its secrets must be set too: see `providerIsOn`. */
  enabled: v.optional(v.boolean(), true),
  /** Whether it charges for a call that it answers with 500, 502 or 504. Where nobody knows, it does. */
  billsFailures: v.optional(v.boolean(), true),
  /** Request fields that are known not to change its price, beside those that change no price anywhere. */
  neutralParams: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(nameCharsMax))),
      v.maxLength(neutralParamsMax, `must have at most ${neutralParamsMax} names`),
    ),
    [],
  ),
  breaker: v.optional(BreakerConfigSchema, defaultBreakerConfig),
};

const http = {
  ...common,
  baseUrl: v.optional(v.string()),
  secret: v.optional(secret),
  endpoints: v.optional(
    v.pipe(
      v.array(endpoint),
      v.minLength(1, 'must have at least one endpoint'),
      v.maxLength(endpointsPerProviderMax, `must have at most ${endpointsPerProviderMax} endpoints`),
    ),
  ),
  headers: v.optional(
    v.pipe(
      namedRecord(header.name, header.value),
      v.maxEntries(headersPerProviderMax, `must have at most ${headersPerProviderMax} headers`),
    ),
    {},
  ),
  /** How Weir finds out, without a client's call, whether an endpoint that failed is well again. */
  healthCheck: v.optional(
    v.strictObject({
      /** A GET that costs nothing, such as `/models`. */
      path: pathBelow,
      everyMs: v.optional(wholeNumber(healthCheckEveryMsMin, healthCheckEveryMsMax), healthCheckEveryMs),
    }),
  ),
};

const quirks = v.optional(quirksSchema, {});

export const providerSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('openai'),
    ...http,
    /** The protocols of OpenAI's that it speaks. */
    protocols: v.optional(
      v.pipe(
        v.array(v.picklist(['chat', 'responses', 'embeddings'])),
        v.minLength(1, 'must name at least one protocol'),
      ),
      ['chat', 'embeddings'],
    ),
    quirks,
    /** Where it tells afterwards what a call cost that ended too early to say so. */
    generationPath: v.optional(pathBelow),
  }),
  v.strictObject({ kind: v.literal('anthropic'), ...http }),
  /** Asked through the `AI` binding where there is one, else through its REST API. */
  v.strictObject({ kind: v.literal('workers-ai'), ...common }),
  /** Cloudflare's own gateway, for a company that wants to see its calls there too. Variables name it. */
  v.strictObject({
    kind: v.literal('cloudflare-ai-gateway'),
    ...common,
    /** The variable with the credential of the provider behind it. Left out where the gateway stores it. */
    secret: v.optional(secret),
    quirks,
  }),
  v.strictObject({ kind: v.literal('echo'), ...common }),
]);
