import type { Account } from './protocol.ts';

/**
 * The account of calls with an admin key: recorded like any other, and without limits. No directory knows it, and no
 * key opens it. The router compares the admin key itself, and then shows this word in place of a hash.
 */
export const adminAccountId = 'admin';
export const adminSecretHash = 'the admin key was compared by the router';

export const adminAccount: Account = {
  id: adminAccountId,
  version: 1,
  secretHashes: [{ hash: adminSecretHash }],
  userId: 'admin',
  test: false,
  policy: {},
};
