export interface NewAuditEntry {
  readonly who: string;
  /** What was done, such as `key.changed`. */
  readonly action: string;
  /** The id of what was changed. */
  readonly subject: string;
  /** What changed, without secrets. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditEntry extends Omit<NewAuditEntry, 'details'> {
  readonly at: string;
  /** JSON text, as it was written. */
  readonly details: string;
}

/** Writes a change and its audit entry, both or neither. */
export type Change = (entry: NewAuditEntry, nowMs: number, write: () => void) => void;
