import type { RequestFault } from './json/issue-path.ts';

/** The fault of a name that a protocol does not allow. What is no text is the provider's to judge. */
export function toolNameFault(
  name: unknown,
  charsMax: number,
  ...keys: RequestFault['keys']
): RequestFault | undefined {
  if (typeof name !== 'string' || name.length <= charsMax) return undefined;
  return { keys, message: `must be at most ${charsMax} characters. Give the tool a shorter name` };
}

/** The first fault there is, of things at their places. */
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
