/** What a schema makes, when nobody may change it any more. Maps, sets and branded numbers stay as they are. */
export type DeepReadonly<T> = T extends number | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
  ? T
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
