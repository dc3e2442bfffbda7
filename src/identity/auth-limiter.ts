import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';

/** The period of the rate-limit binding. Only the platform knows when its count ends, which is no later than this. */
const periodMs = 60_000;

/**
 * Counts a failed authentication against its address. Throws a 429 instead of the 401 once there were too many. The
 * platform counts in each of its places on its own, so this is approximate: it slows guessing, it limits no keys.
 */
export async function countFailedAuthentication(
  env: Partial<Pick<Env, 'AUTH_LIMITER'>>,
  request: Request,
): Promise<void> {
  // The binding is in wrangler.toml, but somebody may deploy without it: then nothing is slowed.
  const key = addressGroup(request.headers.get('cf-connecting-ip'));
  if ((await env.AUTH_LIMITER?.limit({ key }))?.success !== false) return;
  const message = 'Too many failed authentications from this address: try again in a minute.';
  throw new GatewayError('rate_limit_exceeded', message, { retryAfterMs: periodMs, shouldRetry: false });
}

/** An IPv4 address, or the /64 of an IPv6 address: one customer is given a whole /64. */
export function addressGroup(address: string | null): string {
  if (address === null) return 'unknown';
  const host = URL.parse(`http://[${address}]`)?.hostname;
  // Not IPv6, so it is IPv4: the platform says nothing else.
  if (host === undefined) return address;
  const [before = '', after] = host.slice(1, -1).split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const missing = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
