import * as v from 'valibot';
import { bodyDepthMax } from '../limits.ts';
import { GatewayError } from './errors.ts';
import { invalidRequest, issuesOf } from './issue.ts';
import { readBody } from './read-body.ts';

/** The body of a request to one of Weir's own endpoints, checked by its schema. Throws what the client must correct. */
export async function readJson<Schema extends v.GenericSchema>(
  request: Request,
  bytesMax: number,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  const value = parseJson(decodeUtf8(await readBody(request, bytesMax)));
  if (isDeeperThan(value, bodyDepthMax)) {
    throw new GatewayError('invalid_request', `The body is nested more than ${bodyDepthMax} levels deep.`);
  }
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) throw invalidRequest(issuesOf(parsed.issues));
  return parsed.output;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new GatewayError('invalid_request', 'The body is empty: send a JSON object.');
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it can not be read';
    throw new GatewayError('invalid_request', `The body is not JSON: ${why}.`, { cause: error });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new GatewayError('invalid_request', 'The body is not UTF-8 text.', { cause: error });
  }
}

/** Goes no deeper itself than it must to know. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
