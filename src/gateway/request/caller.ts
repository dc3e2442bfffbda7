import type { Env } from '../../env.ts';
import { GatewayError } from '../../http/errors.ts';
import { identify } from '../../identity/credentials.ts';
import { adminAccountId, adminSecretHash } from '../../core/account/admin-account.ts';
import type { DeniedReply } from '../../core/account/protocol.ts';

/** The account that a request is for, and what shows its actor that the request may speak for it. */
export interface Caller {
  readonly accountId: string;
  readonly secretHash: string;
  /** Whether it may reach only the `echo` provider. */
  readonly test: boolean;
}

export async function callerOf(request: Request, env: Env): Promise<Caller> {
  const identity = await identify(request, env);
  if (identity.kind === 'admin') return { accountId: adminAccountId, secretHash: adminSecretHash, test: false };
  const { id, secretHash, test } = identity.key;
  return { accountId: id, secretHash, test };
}

export function deniedError(denied: DeniedReply): GatewayError {
  switch (denied.reason) {
    case 'unknown':
      return new GatewayError(
        'invalid_api_key',
        'This API key is not in use: it was deleted, or replaced by another.',
        {
          shouldRetry: false,
        },
      );
    case 'revoked':
      return new GatewayError('revoked_api_key', 'This API key was revoked. Ask an admin for another.', {
        shouldRetry: false,
      });
    case 'expired':
      return new GatewayError('expired_api_key', 'This API key has expired. Ask an admin for another.', {
        shouldRetry: false,
      });
    case 'uncountable':
      return new GatewayError(
        'configuration_error',
        "The limits of this account's plan name more counters than an account may ever have. Ask an " +
          'admin to change the plan.',
        { shouldRetry: false },
      );
    case 'lost':
      return new GatewayError(
        'ledger_unavailable',
        'The ledger of this account is lost, and with it what was spent: nothing is served, and nothing was charged. ' +
          'Ask an admin to put it back, or to let it begin again: ' +
          `POST /admin/accounts/${denied.account}/restart-ledger.`,
        { shouldRetry: false },
      );
    case 'suspended':
      return new GatewayError('account_suspended', 'This account is suspended. Ask an admin to reactivate it.', {
        shouldRetry: false,
      });
  }
}
