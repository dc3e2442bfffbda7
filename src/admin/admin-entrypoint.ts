import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import { asGatewayError } from '../http/error-response.ts';
import type { ErrorCode } from '../http/errors.ts';
import type { Answer } from './admin-context.ts';
import type { AnyOperation, ArgumentsOf, ViewOf } from './operation.ts';
import { operations } from './operations.ts';
import { log } from '../log.ts';

/**
 * A refusal is a value, because an error that is thrown over RPC arrives without its code. A later update may demand
 * `version` as its `ifVersion`.
 */
export type AdminResult<T> =
  | { readonly ok: true; readonly data: T; readonly version?: number }
  | { readonly ok: false; readonly error: AdminError };

export interface AdminError {
  readonly code: ErrorCode;
  readonly message: string;
  /** The wrong field. */
  readonly param?: string;
  /** When to try again, if that can help. */
  readonly retryAfterMs?: number;
}

/** A Worker may name itself in its configuration, beside the binding: `props = { caller = "billing" }`. */
export interface AdminProps {
  readonly caller?: string;
}

type Operations = typeof operations;

type Methods = {
  [Name in keyof Operations]: (
    ...args: ArgumentsOf<Operations[Name]>
  ) => Promise<AdminResult<ViewOf<Operations[Name]>>>;
};

// The static block below adds the methods: TypeScript can't declare a class with methods from a table.
const Base = WorkerEntrypoint as unknown as new (
  ...args: ConstructorParameters<typeof WorkerEntrypoint<Env, AdminProps | undefined>>
) => WorkerEntrypoint<Env, AdminProps | undefined> & Methods;

/**
 * The admin operations for other Workers, over a service binding to this entrypoint.
 *
 * It asks for no key. A binding is a capability: only someone who may deploy to this account can put one into the
 * configuration of a Worker, and that person could as well replace this Worker. So the holder of a binding is trusted
 * as the owner. The audit log calls it `binding`, followed by the `caller` in the binding's `props` if there is one.
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
