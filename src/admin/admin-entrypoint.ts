import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { asGatewayError } from '../http/error-response.ts';
import type { ErrorCode } from '../http/errors.ts';
import type { AdminContext, Answer, UpdateOptions } from './admin-context.ts';
import type { KeyChangeInput, NewKeyInput, NewUserInput, UserChangeInput } from './admin-input.ts';
import { type AuditView, listAudit } from './audit-operations.ts';
import { type CatalogView, getCatalog, patchCatalog, putCatalog } from './catalog-operations.ts';
import { type AdminHealthView, type ProviderHealthView, adminHealth, resetProvider } from './health-operations.ts';
import { type KeyView, type NewKeyView, changeKey, createKey, getKey, listKeys, revokeKey } from './key-operations.ts';
import type { JsonObject } from '../actors/directory/json.ts';
import { restartLedger } from './ledger-operations.ts';
import type { Page, PageInput } from './page-query.ts';
import { type UserUsageView, resetQuota, userUsage } from './usage-operations.ts';
import { type UserView, changeUser, createUser, deleteUser, getUser, listUsers } from './user-operations.ts';
import { log } from '../log.ts';

/**
 * What every method answers. A refusal is a value, because an error that is thrown over RPC arrives without its code.
 * `version` is what `ifVersion` of a later update may demand.
 */
export type AdminResult<T> =
  | { readonly ok: true; readonly data: T; readonly version?: number }
  | { readonly ok: false; readonly error: AdminError };

export interface AdminError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The field that is wrong. */
  readonly param?: string;
  /** When to try again, where that can help. */
  readonly retryAfterMs?: number;
}

/** What a Worker's configuration may say of itself beside the binding: `props = { caller = "billing" }`. */
export interface AdminProps {
  readonly caller?: string;
}

/**
 * The admin endpoints for other Workers, over a service binding to this entrypoint, with the same operations behind.
 *
 * No key is asked for. A binding is a capability: only who may deploy to this account can write one into a Worker's
 * configuration, and who may do that could as well replace this Worker. So whoever holds one is trusted as the owner.
 * The audit log calls them `binding`, with the `caller` of the binding's `props` where it has one.
 */
export class Admin extends WorkerEntrypoint<Env, AdminProps | undefined> {
  async createUser(user: NewUserInput): Promise<AdminResult<UserView>> {
    return this.#result((context) => createUser(context, user));
  }

  async listUsers(page: PageInput = {}): Promise<AdminResult<Page<UserView>>> {
    return this.#result((context) => listUsers(context, page));
  }

  async getUser(userId: string): Promise<AdminResult<UserView>> {
    return this.#result((context) => getUser(context, userId));
  }

  async changeUser(userId: string, change: UserChangeInput, options?: UpdateOptions): Promise<AdminResult<UserView>> {
    return this.#result((context) => changeUser(context, userId, change, options));
  }

  async deleteUser(userId: string, options?: UpdateOptions): Promise<AdminResult<{ id: string; deleted: true }>> {
    return this.#result((context) => deleteUser(context, userId, options));
  }

  async userUsage(userId: string): Promise<AdminResult<UserUsageView>> {
    return this.#result((context) => userUsage(context, userId));
  }

  async resetQuota(userId: string): Promise<AdminResult<{ id: string; keysReset: number }>> {
    return this.#result((context) => resetQuota(context, userId));
  }

  async createKey(userId: string, key: NewKeyInput): Promise<AdminResult<NewKeyView>> {
    return this.#result((context) => createKey(context, userId, key));
  }

  async listKeys(userId: string, page: PageInput = {}): Promise<AdminResult<Page<KeyView>>> {
    return this.#result((context) => listKeys(context, userId, page));
  }

  async getKey(userId: string, keyId: string): Promise<AdminResult<KeyView>> {
    return this.#result((context) => getKey(context, { userId, id: keyId }));
  }

  async changeKey(
    userId: string,
    keyId: string,
    change: KeyChangeInput,
    options?: UpdateOptions,
  ): Promise<AdminResult<KeyView>> {
    return this.#result((context) => changeKey(context, { userId, id: keyId }, change, options));
  }

  async revokeKey(userId: string, keyId: string, options?: UpdateOptions): Promise<AdminResult<KeyView>> {
    return this.#result((context) => revokeKey(context, { userId, id: keyId }, options));
  }

  async getCatalog(): Promise<AdminResult<CatalogView>> {
    return this.#result((context) => getCatalog(context));
  }

  async putCatalog(catalog: JsonObject, options?: UpdateOptions): Promise<AdminResult<CatalogView>> {
    return this.#result((context) => putCatalog(context, catalog, options));
  }

  async patchCatalog(patch: JsonObject, options?: UpdateOptions): Promise<AdminResult<CatalogView>> {
    return this.#result((context) => patchCatalog(context, patch, options));
  }

  async health(): Promise<AdminResult<AdminHealthView>> {
    return this.#result((context) => adminHealth(context));
  }

  async resetProvider(name: string): Promise<AdminResult<ProviderHealthView>> {
    return this.#result((context) => resetProvider(context, name));
  }

  async restartLedger(accountId: string): Promise<AdminResult<{ id: string; restarted: true }>> {
    return this.#result((context) => restartLedger(context, accountId));
  }

  async listAudit(page: PageInput = {}): Promise<AdminResult<Page<AuditView>>> {
    return this.#result((context) => listAudit(context, page));
  }

  async #result<T>(operation: (context: AdminContext) => Promise<Answer<T>>): Promise<AdminResult<T>> {
    const caller = this.ctx.props?.caller;
    const context = { env: this.env, who: caller === undefined ? 'binding' : `binding:${caller}` };
    return operation(context).then(
      (answer) => ({ ok: true, ...answer }),
      (thrown: unknown) => ({ ok: false, error: adminError(thrown) }),
    );
  }
}

function adminError(thrown: unknown): AdminError {
  const { code, message, options } = asGatewayError(thrown);
  if (code === 'internal_error') {
    log('error', 'admin-rpc-failed', { error: String(thrown) });
  }
  return {
    code,
    message,
    ...(options.param === undefined ? {} : { param: options.param }),
    ...(options.retryAfterMs === undefined ? {} : { retryAfterMs: options.retryAfterMs }),
  };
}
