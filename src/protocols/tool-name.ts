import type { RequestFault } from './json/issue-path.ts';

/** The fault of a tool name that is too long for its protocol. What is no text is the provider's to judge. */
export function toolNameFault(
  name: unknown,
  charsMax: number,
  ...keys: RequestFault['keys']
): RequestFault | undefined {
  if (typeof name !== 'string' || name.length <= charsMax) return undefined;
  return { keys, message: `must be at most ${charsMax} characters. Give the tool a shorter name` };
}

/** The first fault among items. */
export function firstFault<Item>(
  items: readonly Item[],
  find: (item: Item, index: number) => RequestFault | undefined,
): RequestFault | undefined {
  for (const [index, item] of items.entries()) {
    const fault = find(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
