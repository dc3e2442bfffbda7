import type { Env } from '../../env.ts';
import { type ErrorCode, GatewayError } from '../../http/errors.ts';
import { identify } from '../../identity/credentials.ts';
import { adminAccountId, adminSecretHash } from '../../core/account/admin-account.ts';
import type { DeniedReply } from '../../core/account/protocol.ts';

/** The account that a request is for, and the proof for its actor that the request may speak for it. */
export interface Caller {
  readonly accountId: string;
  readonly secretHash: string;
  /** Whether it may only reach the `echo` provider. */
  readonly test: boolean;
}

export async function callerOf(request: Request, env: Env): Promise<Caller> {
  const identity = await identify(request, env);
  if (identity.kind === 'admin') return { accountId: adminAccountId, secretHash: adminSecretHash, test: false };
  const { id, secretHash, test } = identity.key;
  return { accountId: id, secretHash, test };
}

export function deniedError(denied: DeniedReply): GatewayError {
  const [code, message] = denialOf(denied);
  if (denied.reason !== 'unanswered') return new GatewayError(code, message, { shouldRetry: false });
  return new GatewayError(code, message, { retryAfterMs: 1000, shouldRetry: true });
}

function denialOf(denied: DeniedReply): readonly [ErrorCode, message: string] {
  switch (denied.reason) {
    case 'unknown':
      return ['invalid_api_key', 'This API key is not in use: it was deleted, or replaced by another.'];
    case 'revoked':
      return ['revoked_api_key', 'This API key was revoked. Ask an admin for another.'];
    case 'expired':
      return ['expired_api_key', 'This API key has expired. Ask an admin for another.'];
    case 'uncountable':
      return [
        'configuration_error',
        "The limits of this account's plan name more counters than an account may ever have. Ask an " +
          'admin to change the plan.',
      ];
    case 'lost':
      return [
        'ledger_unavailable',
        'The ledger of this account is lost, and with it what was spent: nothing is served, and nothing was charged. ' +
          'Ask an admin to put it back, or to let it begin again: ' +
          `POST /admin/accounts/${denied.account}/restart-ledger.`,
      ];
    case 'unanswered':
      return [
        'ledger_unavailable',
        `The ledger of ${denied.account}, whose limits count this call too, can not be reached. Nothing was charged. ` +
          'Try again.',
      ];
    case 'suspended':
      return ['account_suspended', 'This account is suspended. Ask an admin to reactivate it.'];
  }
}
