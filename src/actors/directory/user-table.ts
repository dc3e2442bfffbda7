import * as v from 'valibot';
import { type Policy, storedPolicySchema } from '../../core/account/policy.ts';
import type { NewUser, PageRequest, RecordPage, UserRecord } from './directory-protocol.ts';
import { pageOf } from './record-page.ts';

type UserRow = {
  seq: number;
  id: string;
  email: string;
  organization: string | null;
  policy: string;
  version: number;
  created_at: number;
};

const columns = 'seq, id, email, organization, policy, version, created_at';

/** A deleted user keeps its row, so that no id is given twice, but nothing here finds it. */
export class UserTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(id: string, user: NewUser, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO users (id, email, email_key, organization, policy, version, created_at)
       VALUES (?, ?, ?, ?, ?, 1, ?)`,
      id,
      user.email,
      emailKey(user.email),
      user.organization ?? null,
      JSON.stringify(user.policy),
      nowMs,
    );
  }

  find(id: string): UserRecord | undefined {
    const [row] = this.#sql
      .exec<UserRow>(`SELECT ${columns} FROM users WHERE id = ? AND deleted_at IS NULL`, id)
      .toArray();
    return row === undefined ? undefined : recordOf(row);
  }

  /** Whether a user other than `exceptId` has this address, however it is capitalised. */
  isTaken(email: string, exceptId?: string): boolean {
    const rows = this.#sql.exec<{ id: string }>('SELECT id FROM users WHERE email_key = ?', emailKey(email)).toArray();
    return rows.some(({ id }) => id !== exceptId);
  }

  list({ limit, after }: PageRequest): RecordPage<UserRecord> {
    const rows = this.#sql.exec<UserRow>(
      `SELECT ${columns} FROM users WHERE seq > ? AND deleted_at IS NULL ORDER BY seq LIMIT ?`,
      after ?? 0,
      limit + 1,
    );
    return pageOf(rows.toArray(), limit, recordOf);
  }

  update(id: string, user: NewUser): void {
    this.#sql.exec(
      `UPDATE users SET email = ?, email_key = ?, organization = ?, policy = ?, version = version + 1 WHERE id = ?`,
      user.email,
      emailKey(user.email),
      user.organization ?? null,
      JSON.stringify(user.policy),
      id,
    );
  }

  delete(id: string, nowMs: number): void {
    this.#sql.exec('UPDATE users SET email_key = NULL, deleted_at = ?, version = version + 1 WHERE id = ?', nowMs, id);
  }
}

function recordOf(row: UserRow): UserRecord {
  return {
    id: row.id,
    email: row.email,
    ...(row.organization === null ? {} : { organization: row.organization }),
    policy: parsePolicy(row.policy),
    version: row.version,
    createdAtMs: row.created_at,
  };
}

export function parsePolicy(text: string): Policy {
  return v.parse(storedPolicySchema, JSON.parse(text));
}

function emailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
