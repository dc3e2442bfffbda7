import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { asGatewayError } from '../http/error-response.ts';
import type { ErrorCode } from '../http/errors.ts';
import type { Answer } from './admin-context.ts';
import type { AnyOperation, ArgumentsOf, ViewOf } from './operation.ts';
import { operations } from './operations.ts';
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

type Operations = typeof operations;

/** Every operation, by its name. */
type Methods = {
  [Name in keyof Operations]: (
    ...args: ArgumentsOf<Operations[Name]>
  ) => Promise<AdminResult<ViewOf<Operations[Name]>>>;
};

// The methods are put in below: a class can't be said to have what a table names.
const Base = WorkerEntrypoint as unknown as new (
  ...args: ConstructorParameters<typeof WorkerEntrypoint<Env, AdminProps | undefined>>
) => WorkerEntrypoint<Env, AdminProps | undefined> & Methods;

/**
 * The admin endpoints for other Workers, over a service binding to this entrypoint, with the same operations behind.
 *
 * No key is asked for. A binding is a capability: only who may deploy to this account can write one into a Worker's
 * configuration, and who may do that could as well replace this Worker. So whoever holds one is trusted as the owner.
 * The audit log calls them `binding`, with the `caller` of the binding's `props` where it has one.
 */
export class Admin extends Base {
  static {
    for (const [name, operation] of Object.entries<AnyOperation>(operations)) {
      const method = function (this: Admin, ...args: readonly unknown[]): Promise<AdminResult<unknown>> {
        const caller = this.ctx.props?.caller;
        const context = { env: this.env, who: caller === undefined ? 'binding' : `binding:${caller}` };
        return resultOf(operation.run(context, ...args));
      };
      Object.defineProperty(this.prototype, name, { value: method, writable: true, configurable: true });
    }
  }
}

async function resultOf(answering: Promise<Answer<unknown>>): Promise<AdminResult<unknown>> {
  return answering.then(
    (answer) => ({ ok: true, ...answer }),
    (thrown: unknown) => ({ ok: false, error: adminError(thrown) }),
  );
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
