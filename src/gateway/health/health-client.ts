import { stableHash } from '../../core/routing/stable-hash.ts';
import type { AccountView } from '../../core/account/protocol.ts';

/**
 * The id of a client for the health of providers. All keys of one user are one client. It is a hash, because it goes
 * where no account is named.
 */
export function healthClientOf({ userId }: Pick<AccountView, 'userId'>): string {
  return stableHash(userId).toString(36);
}
