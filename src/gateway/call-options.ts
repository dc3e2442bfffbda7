import * as v from 'valibot';
import { GatewayError } from '../http/errors.ts';
import { issuesOf } from '../http/issue.ts';
import { headerValueBytesMax, metadataPairsMax, metadataValueBytesMax, timeoutMsMax, timeoutMsMin } from '../limits.ts';
import type { Stage } from '../catalog/schema.ts';
import { namedRecord } from '../named-record.ts';
import type { WireCall } from '../wire/wire-call.ts';

/** What a client asks of the gateway itself, beside the body that is for the provider. */
export interface CallOptions {
  readonly provider: string | undefined;
  readonly fallback: 'next' | 'fail' | undefined;
  readonly budget: 'clamp' | 'strict' | undefined;
  readonly timeoutMs: number | undefined;
  readonly stage: Stage | undefined;
  readonly endUser: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

const stages = ['plan', 'code', 'review'] as const;

const metadataSchema = v.pipe(
  // To valibot a list is a record too.
  v.custom<object>((value) => !Array.isArray(value)),
  namedRecord(
    v.pipe(v.string(), v.minLength(1), v.maxLength(metadataValueBytesMax)),
    v.pipe(v.string(), v.maxLength(metadataValueBytesMax)),
  ),
  v.maxEntries(metadataPairsMax),
);

export function readCallOptions(headers: Headers, call: Pick<WireCall, 'endUser'>): CallOptions {
  return {
    provider: textHeader(headers, 'x-gateway-provider'),
    fallback: choice(headers, 'x-gateway-fallback', ['next', 'fail']),
    budget: choice(headers, 'x-gateway-budget', ['clamp', 'strict']),
    timeoutMs: timeout(headers),
    stage: choice(headers, 'x-gateway-stage', stages) ?? choice(headers, 'x-cfx-stage', stages),
    endUser:
      textHeader(headers, 'x-gateway-user') ??
      // Longer names than a header may have are cut, because they are only noted.
      call.endUser?.slice(0, metadataValueBytesMax),
    metadata: metadata(headers),
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
  if (found === undefined)
    throw badHeader(
      name,
      `must be ${choices.join(', ').replace(/, ([^,]*)$/, ' or $1')}, and is "${value.slice(0, 40)}".`,
    );
  return found;
}

function timeout(headers: Headers): number | undefined {
  const name = 'x-gateway-timeout-ms';
  const value = textHeader(headers, name);
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (ms >= timeoutMsMin && ms <= timeoutMsMax) return ms;
  throw badHeader(name, `must be a whole number of milliseconds from ${timeoutMsMin} to ${timeoutMsMax}.`);
}

function metadata(headers: Headers): Readonly<Record<string, string>> | undefined {
  const name = 'x-gateway-metadata';
  const value = textHeader(headers, name);
  if (value === undefined) return undefined;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), metadataSchema), value);
  if (parsed.success) return parsed.output;
  const [issue] = issuesOf(parsed.issues);
  const where = issue === undefined || issue.path === '' ? '' : `: ${issue.path} ${issue.message}`;
  throw badHeader(
    name,
    `must be a JSON object of at most ${metadataPairsMax} pairs of texts, each of at most ` +
      `${metadataValueBytesMax} characters${where}.`,
  );
}

function badHeader(name: string, problem: string): GatewayError {
  return new GatewayError('invalid_request', `The header ${name} ${problem}`, { param: name });
}
