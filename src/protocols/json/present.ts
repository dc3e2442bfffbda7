/** Leaves out undefined fields, as our types require. The order stays. */
export function present<const Fields extends object>(fields: Fields): Present<Fields>;
export function present(fields: Readonly<Record<string, unknown>>): object {
  const found: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) found[name] = fields[name];
  return found;
}

/** The same fields, of which those that may be undefined may be absent instead. */
type Present<Fields> = {
  [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
  [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<Fields[Name], undefined>;
};
