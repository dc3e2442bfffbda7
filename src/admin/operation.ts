import type * as v from 'valibot';
import type { AdminContext, Answer, UpdateOptions } from './admin-context.ts';
import type { PageInput } from './page-query.ts';

/** What an operation is, as every face of it needs to know: HTTP, RPC, and what describes them. */
export interface Declared {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Its parts, such as `:user`, are what a caller over RPC gives first, in the same order. */
  readonly path: string;
  /** 200 where it is left out. */
  readonly status?: number;
  /** The least that whoever asks must be. Whoever may ask at all is an owner so far. */
  readonly role: 'viewer' | 'admin' | 'owner';
  /** Whether the audit log tells of it. */
  readonly audited: boolean;
  /** What it is given beside, in the body of a request. The operation itself checks that. */
  readonly input?: v.GenericSchema;
  /** How long that may be, where it may be longer than others. */
  readonly inputBytesMax?: number;
  /** Whether it answers a list, a page at a time. */
  readonly paged?: true;
  /** Whether it may depend on the version that there is. */
  readonly conditional?: true;
  readonly output: v.GenericSchema;
}

type PartsOf<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${string}/${infer Tail}`
    ? [part: string, ...PartsOf<Tail>]
    : [part: string]
  : [];

/** What an operation is asked with, in order. */
export type ArgumentsOf<D extends Declared> = [
  ...parts: PartsOf<D['path']>,
  ...input: D['input'] extends v.GenericSchema ? [input: v.InferInput<D['input']>] : [],
  ...page: D['paged'] extends true ? [page?: PageInput] : [],
  ...options: D['conditional'] extends true ? [options?: UpdateOptions] : [],
];

export type ViewOf<D extends Declared> = v.InferOutput<D['output']>;

/** One of them, for whoever asks what it takes of its declaration. What it is given it checks itself. */
export interface AnyOperation extends Declared {
  run(context: AdminContext, ...args: readonly unknown[]): Promise<Answer<unknown>>;
}

/** The operation that is declared so: the compiler holds what it takes and answers to that. */
export function operation<const D extends Declared>(
  declared: D,
  run: (context: AdminContext, ...args: ArgumentsOf<D>) => Promise<Answer<ViewOf<D>>>,
): D & { run(context: AdminContext, ...args: ArgumentsOf<D>): Promise<Answer<ViewOf<D>>> } {
  return { ...declared, run };
}
