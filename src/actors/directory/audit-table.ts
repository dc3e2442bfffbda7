import { auditKeepRows } from '../../limits.ts';
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts';
import type { PageRequest, RecordPage } from './directory-protocol.ts';
import { pageOf } from './record-page.ts';

type AuditRow = { seq: number; at: number; who: string; action: string; subject: string; details: string };

/** Who did what, and when: written in the transaction of the change. The oldest entries give way to the newest. */
export class AuditTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert({ who, action, subject, details }: NewAuditEntry, nowMs: number): void {
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        'INSERT INTO audit (at, who, action, subject, details) VALUES (?, ?, ?, ?, ?) RETURNING seq',
        nowMs,
        who,
        action,
        subject,
        JSON.stringify(details),
      )
      .one();
    this.#sql.exec('DELETE FROM audit WHERE seq <= ?', seq - auditKeepRows);
  }

  /** The newest first. */
  list({ limit, after }: PageRequest): RecordPage<AuditEntry> {
    const rows = this.#sql.exec<AuditRow>(
      'SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?',
      after ?? Number.MAX_SAFE_INTEGER,
      limit + 1,
    );
    return pageOf(rows.toArray(), limit, ({ at, who, action, subject, details }) => ({
      at: new Date(at).toISOString(),
      who,
      action,
      subject,
      details,
    }));
  }
}
