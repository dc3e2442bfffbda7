/** Says what of a client's request its target is not sent; nothing where it is sent all of it. */
export function droppedHeaders(dropped: readonly string[]): Record<string, string> {
  return dropped.length === 0 ? {} : { 'x-gateway-dropped': dropped.slice(0, droppedNamesMax).join(', ') };
}

/** As many as there is room for in a header. */
const droppedNamesMax = 64;
