import * as v from 'valibot';
import { GatewayError } from '../../http/errors.ts';
import { issuesOf } from '../../http/issue.ts';
import {
  headerValueBytesMax,
  metadataPairsMax,
  metadataValueBytesMax,
  timeoutMsMax,
  timeoutMsMin,
} from '../../limits.ts';
import type { Stage } from '../../catalog/schema.ts';
import { namedRecord } from '../../named-record.ts';
import { asRecord, asText, parseJson } from '../../protocols/json/json-value.ts';
import type { ProtocolCall } from '../../protocols/protocol-call.ts';

/** What a client asks of the gateway itself, beside the body for the provider. */
export interface CallOptions {
  readonly provider: string | undefined;
  readonly fallback: 'next' | 'fail' | undefined;
  readonly budget: 'clamp' | 'strict' | undefined;
  readonly timeoutMs: number | undefined;
  readonly stage: Stage | undefined;
  readonly endUser: string | undefined;
  /** A conversation, or a run of an agent. */
  readonly session: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** The trace that the request belongs to, as the W3C writes it. Undefined where it says none, or nonsense. */
  readonly traceparent: string | undefined;
}

const stages = ['plan', 'code', 'review'] as const;

const traced = '(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}';
/** A later version than the first may say more after it. */
const traceparent = new RegExp(`^(00-${traced})$|^((?!00|ff)[0-9a-f]{2}-${traced})(?:-|$)`);

function traceOf(headers: Headers): string | undefined {
  const [, first, later] = traceparent.exec(headers.get('traceparent')?.trim() ?? '') ?? [];
  return first ?? later;
}

const ownMetadata = metadataOf(v.string());
/** Cloudflare's header takes numbers and booleans too. */
const cloudflareMetadata = metadataOf(v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)));

export function readCallOptions(headers: Headers, call: Pick<ProtocolCall, 'endUser' | 'request'>): CallOptions {
  const named = namedUser(call.endUser);
  return {
    provider: textHeader(headers, 'x-gateway-provider'),
    fallback: choice(headers, 'x-gateway-fallback', ['next', 'fail']),
    budget: choice(headers, 'x-gateway-budget', ['clamp', 'strict']),
    timeoutMs: timeout(headers),
    stage: choice(headers, 'x-gateway-stage', stages) ?? choice(headers, 'x-cfx-stage', stages),
    endUser:
      textHeader(headers, 'x-gateway-user') ??
      // A name that is longer than a header may be is cut, because it is only noted.
      named.endUser?.slice(0, metadataValueBytesMax),
    session: textHeader(headers, 'x-gateway-session') ?? named.session?.slice(0, metadataValueBytesMax),
    metadata: metadata(headers, call.request['metadata']),
    traceparent: traceOf(headers),
  };
}

function textHeader(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)?.trim();
  if (value === undefined || value === '') return undefined;
  if (value.length > headerValueBytesMax) {
    throw badHeader(name, `is longer than ${headerValueBytesMax} characters. Send less.`);
  }
  return value;
}

function choice<T extends string>(headers: Headers, name: string, choices: readonly T[]): T | undefined {
  const value = textHeader(headers, name);
  if (value === undefined) return undefined;
  const found = choices.find((each) => each === value);
  if (found !== undefined) return found;
  const listed = choices.join(', ').replace(/, ([^,]*)$/, ' or $1');
  throw badHeader(name, `must be ${listed}, and is "${value.slice(0, 40)}".`);
}

function timeout(headers: Headers): number | undefined {
  const name = 'x-gateway-timeout-ms';
  const value = textHeader(headers, name);
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (ms >= timeoutMsMin && ms <= timeoutMsMax) return ms;
  throw badHeader(name, `must be a whole number of milliseconds from ${timeoutMsMin} to ${timeoutMsMax}.`);
}

/** What the client says about the call. Its own header wins, then Cloudflare's, then the body. */
function metadata(headers: Headers, inBody: unknown): Readonly<Record<string, string>> | undefined {
  const own = metadataHeader(headers, 'x-gateway-metadata', ownMetadata);
  const cloudflare = metadataHeader(headers, 'cf-aig-metadata', cloudflareMetadata);
  const body = bodyMetadata(inBody);
  if (own === undefined && cloudflare === undefined && body.length === 0) return undefined;
  const pairs = new Map<string, string>();
  for (const [key, value] of [...Object.entries(own ?? {}), ...Object.entries(cloudflare ?? {}), ...body]) {
    if (pairs.size < metadataPairsMax && !pairs.has(key)) pairs.set(key, value);
  }
  return Object.fromEntries(pairs);
}

function metadataOf(text: v.GenericSchema<unknown, string>) {
  return v.pipe(
    v.string(),
    v.parseJson(),
    // Valibot takes a list for a record too.
    v.custom<object>((value) => !Array.isArray(value)),
    namedRecord(
      v.pipe(v.string(), v.minLength(1), v.maxLength(metadataValueBytesMax)),
      v.pipe(text, v.maxLength(metadataValueBytesMax)),
    ),
    v.maxEntries(metadataPairsMax),
  );
}

function metadataHeader(
  headers: Headers,
  name: string,
  schema: ReturnType<typeof metadataOf>,
): Readonly<Record<string, string>> | undefined {
  const value = textHeader(headers, name);
  if (value === undefined) return undefined;
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = issuesOf(parsed.issues);
  const where = issue === undefined || issue.path === '' ? '' : `: ${issue.path} ${issue.message}`;
  throw badHeader(
    name,
    `must be a JSON object of at most ${metadataPairsMax} pairs of texts, each of at most ` +
      `${metadataValueBytesMax} characters${where}.`,
  );
}

/** The body is for the provider, which checks it. Here it is only noted, as far as there is room. */
function bodyMetadata(inBody: unknown): [string, string][] {
  return Object.entries(asRecord(inBody) ?? {}).flatMap(([key, value]): [string, string][] => {
    // The user is noted elsewhere.
    if (key === 'user_id' || key === '__proto__' || key === '' || key.length > metadataValueBytesMax || !isPlain(value))
      return [];
    return [[key, String(value).slice(0, metadataValueBytesMax)]];
  });
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function badHeader(name: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', `The header ${name} ${problem}`, { param: name });
}

/** What Claude Code wrote until 2.1.77. Only users who have signed in have an account. */
const inText = /^user_([^_]+)_account_([^_]*)_session_(.+)$/;

/**
 * Whom a request names as its end user, and in which session: Claude Code puts both into the one field that it has. The
 * person is the account, or the device if there is no account.
 */
function namedUser(named: string | undefined): Pick<CallOptions, 'endUser' | 'session'> {
  const [, device, account, session] = inText.exec(named ?? '') ?? [];
  if (session !== undefined) return { endUser: account === '' ? device : account, session };
  const said = named?.startsWith('{') === true ? asRecord(parseJson(named)) : undefined;
  const person = filled(said?.['account_uuid']) ?? filled(said?.['device_id']);
  const told = filled(said?.['session_id']);
  // Other clients may name their users in JSON of their own.
  if (person === undefined && told === undefined) return { endUser: named, session: undefined };
  return { endUser: person, session: told };
}

function filled(value: unknown): string | undefined {
  const text = asText(value);
  return text === '' ? undefined : text;
}
