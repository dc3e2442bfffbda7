import * as v from 'valibot';
import { GatewayError } from '../../http/errors.ts';
import { bodyDepthMax, bodyFieldsMax, bodyNodesMax } from '../../limits.ts';
import { type ScannedObject, scanObject } from './json-scan.ts';
import type { RequestFault } from './issue-path.ts';
import { asRecord } from './json-value.ts';

/** A body as it was sent, as text, and parsed. */
export interface ReadObject {
  readonly body: Uint8Array;
  readonly text: string;
  readonly object: ScannedObject;
  readonly value: unknown;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a body that must be one JSON object. Whoever received it has held it to `bodyBytesMax`. */
export function readObject(body: Uint8Array): ReadObject {
  const text = decode(body);
  const scan = scanObject(text);
  switch (scan.kind) {
    case 'too-deep':
      throw new GatewayError('invalid_request', `The body is nested more than ${bodyDepthMax} levels deep.`);
    case 'too-many-fields':
      throw new GatewayError('invalid_request', `The body has more than ${bodyFieldsMax} fields.`);
    case 'too-many-nodes':
      throw new GatewayError(
        'request_too_large',
        `The body holds more than ${bodyNodesMax} values. Send less at once.`,
      );
    case 'duplicate':
      throw new GatewayError('invalid_request', `The body has the field '${scan.name}' twice. Send it once.`, {
        param: scan.name,
      });
    case 'not-an-object':
    case 'malformed':
      parseJson(text);
      throw new GatewayError('invalid_request', 'The body must be a JSON object.');
    case 'object':
      return { body, text, object: scan.object, value: parseBody(text, scan.object) };
  }
}

/** Reads an object that we wrote ourselves, as if a client had sent it. */
export function writtenObject(value: object): ReadObject {
  const text = JSON.stringify(value);
  return { body: encoder.encode(text), text, object: scannedObject(text), value };
}

/** Scans a text that we wrote ourselves. */
export function scannedObject(text: string): ScannedObject {
  const scan = scanObject(text);
  if (scan.kind === 'object') return scan.object;
  // A body that was not too large may become so, as some fields become several.
  throw new GatewayError('request_too_large', 'The body holds too much to be put into the words of its provider.');
}

const encoder = new TextEncoder();

/** The text of a member of the outermost object, as it was written. */
export function memberText({ object, text }: Pick<ReadObject, 'object' | 'text'>, name: string): string | undefined {
  const member = object.members.find((each) => each.name === name);
  return member === undefined ? undefined : text.slice(member.valueStart, member.valueEnd);
}

/**
 * Checks a value against a schema. The schema must not transform: the value itself is kept, and never copied.
 * @param find looks for faults that the schema does not see
 */
export function understand<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  find?: (value: v.InferOutput<Schema>) => RequestFault | undefined,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw invalid(issue.path?.map(({ key }) => key) ?? [], issue.message);
  }
  const fault = find?.(value);
  if (fault !== undefined) throw invalid(fault.keys, fault.message);
  // The schema accepted it, so it is of its type.
  return value;
}

function invalid(keys: readonly unknown[], message: string): GatewayError {
  const param = paramOf(keys);
  return new GatewayError('invalid_request', `'${param}' ${message}.`, { param });
}

/** The place of a fault in the body, as OpenAI names it: `messages[0].role`. */
function paramOf(keys: readonly unknown[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  }, '');
}

function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The body is not valid UTF-8.', { cause });
  }
}

/**
 * V8 can mistake a field whose name is written with an escape, such as `"\u006e"` for `n`, for another that it has met
 * before (https://github.com/nodejs/node/issues/63785). What is sent on would then not be what was checked. A field
 * that is missing where the scan saw it gives that away. Each is then parsed by itself.
 */
function parseBody(text: string, { members }: ScannedObject): unknown {
  const value = parseJson(text);
  const record = asRecord(value);
  if (record !== undefined && members.every(({ name }) => Object.hasOwn(record, name))) return value;
  return Object.fromEntries(
    members.map(({ name, valueStart, valueEnd }) => [name, parseJson(text.slice(valueStart, valueEnd))]),
  );
}

/** The parser's message quotes the body, which must not get into logs with the error. Only the place is kept. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const place = / at position \d+/.exec(String(cause))?.[0] ?? '';
    throw new GatewayError(
      'invalid_request',
      `The body is not valid JSON${place}. Check its quotes, commas and brackets.`,
    );
  }
}
