import type * as v from 'valibot';
import type { PageRequest } from '../actors/directory/directory-protocol.ts';
import type { AdminContext, Answer, ConditionalRecursion, RecursiveOptions, UpdateOptions } from './admin-context.ts';
import { parseInput } from './admin-input.ts';
import { type PageInput, parsePage } from './page-query.ts';

/** What HTTP, RPC and a description of the endpoints need to know of an operation. */
export interface Declared {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Over RPC its parts, such as `:user`, are the first arguments, in the same order. */
  readonly path: string;
  /** 200 if absent. */
  readonly status?: number;
  /** The least role that may ask. So far everyone who may ask at all is an owner. */
  readonly role: 'viewer' | 'admin' | 'owner';
  /** Whether the audit log tells of it. */
  readonly audited: boolean;
  /** The body of a request. */
  readonly input?: v.GenericSchema;
  /** The longest body, if it may be longer than those of other operations. */
  readonly inputBytesMax?: number;
  /** Whether it answers a list, a page at a time. */
  readonly paged?: true;
  /** By what a list may be filtered. */
  readonly filters?: v.StrictObjectSchema<v.ObjectEntries, undefined>;
  /** Whether the caller may demand a version. */
  readonly conditional?: true;
  /** Whether the caller may have it done to all that is below, too. */
  readonly recursive?: true;
  readonly output: v.GenericSchema;
}

type PartsOf<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${string}/${infer Tail}`
    ? [part: string, ...PartsOf<Tail>]
    : [part: string]
  : [];

type FiltersOf<D extends Declared, Side extends 'input' | 'output'> = D['filters'] extends v.GenericSchema
  ? Side extends 'input'
    ? v.InferInput<D['filters']>
    : v.InferOutput<D['filters']>
  : unknown;

/** The arguments that a caller gives, in order. */
export type ArgumentsOf<D extends Declared> = [
  ...parts: PartsOf<D['path']>,
  ...input: D['input'] extends v.GenericSchema ? [input: v.InferInput<D['input']>] : [],
  ...page: D['paged'] extends true ? [page?: PageInput & FiltersOf<D, 'input'>] : [],
  ...options: OptionsOf<D>,
];

type OptionsOf<D extends Declared> = D['conditional'] extends true
  ? [options?: D['recursive'] extends true ? ConditionalRecursion : UpdateOptions]
  : D['recursive'] extends true
    ? [options?: RecursiveOptions]
    : [];

/** The same arguments once they are checked. */
type CheckedOf<D extends Declared> = [
  ...parts: PartsOf<D['path']>,
  ...input: D['input'] extends v.GenericSchema ? [input: v.InferOutput<D['input']>] : [],
  ...page: D['paged'] extends true ? [page: PageRequest & FiltersOf<D, 'output'>] : [],
  ...options: OptionsOf<D>,
];

export type ViewOf<D extends Declared> = v.InferOutput<D['output']>;

/** Any operation of the table, for code that treats all of them alike. */
export interface AnyOperation extends Declared {
  run(context: AdminContext, ...args: readonly unknown[]): Promise<Answer<unknown>>;
}

/** Checks the input by its schema, then runs. The compiler holds `run` to what is declared. */
export function operation<const D extends Declared>(
  declared: D,
  run: (context: AdminContext, ...args: CheckedOf<D>) => Promise<Answer<ViewOf<D>>>,
): D & { run(context: AdminContext, ...args: ArgumentsOf<D>): Promise<Answer<ViewOf<D>>> } {
  const { path, input, paged, filters } = declared;
  const inputAt = path.split('/:').length - 1;
  return {
    ...declared,
    async run(context, ...args) {
      const checked: unknown[] = [...args];
      if (input !== undefined) checked[inputAt] = parseInput(input, args[inputAt]);
      if (paged === true) checked[inputAt] = parsePage(args[inputAt], filters);
      // The schemas have just made it so.
      return run(context, ...(checked as CheckedOf<D>));
    },
  };
}
