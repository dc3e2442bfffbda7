import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';

type Limited = Partial<Pick<Env, 'AUTH_LIMITER'>>;

/** The period of the rate-limit binding: only the platform knows when its count ends, and it is no later. */
const periodMs = 60_000;

/**
 * Counts a failed authentication against its address, and throws a 429 in place of the 401 once there were too many.
 * Approximate, since the platform counts in each of its places on its own: guessing is slowed, keys are not limited.
 */
export async function countFailedAuthentication(env: Limited, request: Request): Promise<void> {
  // Declared in wrangler.toml, and still absent where somebody deploys without it: then nothing is slowed.
  const { AUTH_LIMITER: limiter } = env;
  if (limiter === undefined) return;
  const { success } = await limiter.limit({ key: addressGroup(request.headers.get('cf-connecting-ip')) });
  if (success) return;
  throw new GatewayError(
    'rate_limit_exceeded',
    'Too many failed authentications from this address: try again in a minute.',
    {
      retryAfterMs: periodMs,
      shouldRetry: false,
    },
  );
}

/** An IPv4 address, or the /64 of an IPv6 address, which is what one customer is given. */
export function addressGroup(address: string | null): string {
  if (address === null) return 'unknown';
  const host = URL.parse(`http://[${address}]`)?.hostname;
  // Not IPv6: the platform says nothing else than an IPv4 address then.
  if (host === undefined) return address;
  const [before = '', after] = host.slice(1, -1).split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const missing = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
