/**
 * Encrypted reasoning with the name of its provider. Nobody else can read it, and some providers reject a conversation
 * with another's. So a conversation that is put together from kept responses carries the names. On the way to a target
 * they come off again: the provider that made it gets its own text, and others get none.
 */
export const ownedMark = 'weir2.';

export function ownedReasoning(provider: string, encrypted: string): string {
  return `${ownedMark}${encodeURIComponent(provider)}:${encrypted}`;
}

/** Undefined where the text names nobody. */
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
