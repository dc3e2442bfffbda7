/**
 * What a provider has hidden of its reasoning, with the name of who that was. Nobody else can read it, and some refuse
 * a conversation that has any of another's. So it is named where a conversation is put together of what was kept, and
 * taken apart again on its way to a target: the one that made it gets its own words, and others none.
 */
export const ownedMark = 'weir2.';

export function ownedReasoning(provider: string, encrypted: string): string {
  return `${ownedMark}${encodeURIComponent(provider)}:${encrypted}`;
}

/** Undefined where nobody is named in it. */
export function ownerOfReasoning(text: string): { readonly provider: string; readonly encrypted: string } | undefined {
  if (!text.startsWith(ownedMark)) return undefined;
  const end = text.indexOf(':', ownedMark.length);
  if (end < 0) return undefined;
  try {
    return { provider: decodeURIComponent(text.slice(ownedMark.length, end)), encrypted: text.slice(end + 1) };
  } catch {
    // A client may send anything.
    return undefined;
  }
}
