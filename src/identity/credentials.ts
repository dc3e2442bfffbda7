import { type Env, configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { type VerifiedKey, looksLikeKey } from './api-key.ts';
import { countFailedAuthentication } from './auth-limiter.ts';
import { equalInConstantTime } from '../constant-time.ts';
import { sha256Hex } from './sha256.ts';
import { verifyKeyOnce } from './verified-keys.ts';

/** Who is calling. A key is known to be ours; only its actor says whether it is still good. */
type Identity = { readonly kind: 'key'; readonly key: VerifiedKey } | { readonly kind: 'admin' };

const howToAuthenticate = 'Send it as "Authorization: Bearer <key>", "x-api-key: <key>" or "api-key: <key>".';

/** Throws `invalid_api_key` for an unknown caller, or a 429 once its address has failed too often. */
export async function identify(request: Request, env: Env): Promise<Identity> {
  const { adminKey, keySecrets } = configuration(env);
  const credential = credentialOf(request.headers);
  if (credential === undefined) throw invalidKey(`No API key was sent. ${howToAuthenticate}`);
  const key = looksLikeKey(credential) ? await verifyKeyOnce(credential, keySecrets) : undefined;
  if (key !== undefined) return { kind: 'key', key };
  if (await isAdminKey(credential, adminKey)) return { kind: 'admin' };
  await countFailedAuthentication(env, request);
  throw invalidKey('This API key is not valid: it was mistyped, cut off, or not made here.');
}

function invalidKey(message: string): GatewayError {
  return new GatewayError('invalid_api_key', message, { shouldRetry: false });
}

/** The one credential of a request, if it has any. Throws `invalid_request` if it has two different ones. */
export function credentialOf(headers: Headers): string | undefined {
  const sent = new Set<string>();
  for (const authorization of sentIn(headers, 'authorization', /, *(?=bearer )/i)) {
    const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    if (bearer === undefined) {
      throw invalidKey(`The authorization header is not "Bearer <key>". ${howToAuthenticate}`);
    }
    sent.add(bearer);
  }
  for (const name of ['x-api-key', 'api-key']) {
    for (const value of sentIn(headers, name, /, +/)) sent.add(value);
  }
  if (sent.size > 1) {
    throw new GatewayError('invalid_request', 'Two different API keys were sent. Send one, in one header.');
  }
  return sent.values().next().value;
}

/** The values of a header. The platform joins them where a header comes more than once. */
function sentIn(headers: Headers, name: string, joint: RegExp): string[] {
  const values = headers.get(name)?.split(joint) ?? [];
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

/** Compares digests, so that the time does not tell the length of the admin key either. */
async function isAdminKey(credential: string, adminKey: string): Promise<boolean> {
  const [left, right] = await Promise.all([sha256Hex(credential), sha256Hex(adminKey)]);
  return equalInConstantTime(left, right);
}
