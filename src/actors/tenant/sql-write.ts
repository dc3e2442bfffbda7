/** Runs a statement that writes. */
export type SqlWrite = (query: string, ...bindings: (string | number | null | Uint8Array)[]) => void;
