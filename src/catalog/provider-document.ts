import * as v from 'valibot';
import { BreakerConfigSchema, defaultBreakerConfig } from '../core/breaker/breaker-config.ts';
import {
  endpointsPerProviderMax,
  headerValueBytesMax,
  healthCheckEveryMs,
  healthCheckEveryMsMax,
  healthCheckEveryMsMin,
  headersPerProviderMax,
  modelTokensMax,
  nameCharsMax,
  neutralParamsMax,
  weightMax,
} from '../limits.ts';
import { namedRecord } from '../named-record.ts';

/** A provider as people write it. */

/** Variables of Weir's own. A catalog that could name them could send them to any server in the world. */
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

/** Set by the platform or by Weir, credentials (which belong in a secret), or only meant for the next hop. */
const refusedHeaders = new RegExp(
  '^(authorization|proxy-.*|x-api-key|api-key|cookie2?|set-cookie|host|connection|keep-alive|te|trailer|upgrade' +
    '|expect|transfer-encoding|content-(length|type|encoding)|accept-encoding|date|via|forwarded|x-forwarded-.*' +
    '|x-real-ip|cf-.*)$',
);

const headers = v.optional(
  v.pipe(
    namedRecord(
      v.pipe(
        v.string(),
        v.regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header, in lower case'),
        v.check(
          (name) => !refusedHeaders.test(name),
          'can not be set here: credentials belong in a secret, and Weir sets the other headers of a call itself',
        ),
      ),
      v.pipe(
        v.string(),
        v.regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
        v.maxLength(headerValueBytesMax, `must be at most ${headerValueBytesMax} bytes`),
      ),
    ),
    v.maxEntries(headersPerProviderMax, `must have at most ${headersPerProviderMax} headers`),
  ),
  {},
);

const weight = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be at least 1: leave the endpoint out if it is to get nothing'),
  v.maxValue(weightMax, `must be at most ${weightMax}`),
);

const endpoint = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'must be letters, digits, ".", "_" and "-"'))),
  baseUrl: v.optional(v.string()),
  secret: v.optional(secret),
  weight: v.optional(weight, 1),
});

const common = {
  enabled: v.optional(v.boolean(), true),
  billsFailures: v.optional(v.boolean(), true),
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
  headers,
};

/** What Weir itself sets, and must be able to rely on: a cap that the server does not read is none. */
const ownFields: ReadonlySet<string> = new Set(['model', 'messages', 'stream', 'max_tokens', 'max_completion_tokens']);

const fieldName = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(nameCharsMax),
  v.check(
    (name) => !ownFields.has(name),
    "can not be named here: Weir sets it itself, and 'outputCap' says under which name the server reads its cap",
  ),
);

const quirksSchema = v.strictObject({
  outputCap: v.optional(v.picklist(['max_tokens', 'max_completion_tokens']), 'max_completion_tokens'),
  streamUsage: v.optional(v.boolean(), true),
  minOutput: v.optional(
    v.pipe(
      v.number(),
      v.integer('must be a whole number'),
      v.minValue(1, 'must be at least 1'),
      v.maxValue(modelTokensMax, `must be at most ${modelTokensMax}`),
    ),
    1,
  ),
  rename: v.optional(v.pipe(namedRecord(fieldName, fieldName), v.maxEntries(neutralParamsMax)), {}),
  drop: v.optional(v.pipe(v.array(fieldName), v.maxLength(neutralParamsMax)), []),
  developerRole: v.optional(v.boolean(), true),
  toolNames: v.optional(v.picklist(['optional', 'needed', 'refused']), 'optional'),
  extensions: v.optional(
    v.array(
      v.picklist([
        'cache_control',
        'reasoning_details',
        'reasoning_content',
        'thought_signature',
        'file_url',
        'routing',
        'max_tool_calls',
      ]),
    ),
    [],
  ),
  reasoning: v.optional(v.picklist(['effort', 'object', 'switch', 'switch-and-effort', 'steps', 'none']), 'effort'),
});

/** Below the base URL, as what follows it in a URL. */
const pathBelow = v.pipe(
  v.string(),
  v.regex(/^\/[\w./-]{1,200}$/, 'must be a path that begins with a slash, such as "/models"'),
);

const healthCheck = v.optional(
  v.strictObject({
    path: pathBelow,
    everyMs: v.optional(
      v.pipe(
        v.number(),
        v.integer('must be a whole number'),
        v.minValue(healthCheckEveryMsMin, `must be at least ${healthCheckEveryMsMin}`),
        v.maxValue(healthCheckEveryMsMax, `must be at most ${healthCheckEveryMsMax}`),
      ),
      healthCheckEveryMs,
    ),
  }),
);

const protocols = v.optional(
  v.pipe(v.array(v.picklist(['chat', 'responses', 'embeddings'])), v.minLength(1, 'must name at least one protocol')),
  ['chat', 'embeddings'],
);

export const providerSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('openai'),
    ...http,
    healthCheck,
    protocols,
    quirks: v.optional(quirksSchema, {}),
    generationPath: v.optional(pathBelow),
  }),
  v.strictObject({ kind: v.literal('anthropic'), ...http, healthCheck }),
  v.strictObject({ kind: v.literal('workers-ai'), ...common }),
  v.strictObject({
    kind: v.literal('cloudflare-ai-gateway'),
    ...common,
    secret: v.optional(secret),
    quirks: v.optional(quirksSchema, {}),
  }),
  v.strictObject({ kind: v.literal('echo'), ...common }),
]);

export type WrittenProvider = v.InferOutput<typeof providerSchema>;
