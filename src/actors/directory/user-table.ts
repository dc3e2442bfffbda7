import type { Policy } from '../../core/account/policy.ts';
import { allOf, comparable, where } from './conditions.ts';
import type { NewUser, RecordPage, UserList, UserRecord } from './directory-protocol.ts';
import { pageOf } from './record-page.ts';
import { parsePolicy, withLimits } from './stored-policy.ts';

type UserRow = {
  seq: number;
  id: string;
  email: string;
  organization_id: string | null;
  external_id: string | null;
  policy: string;
  version: number;
  created_at: number;
};

const columns = 'seq, id, email, organization_id, external_id, policy, version, created_at';

/** A deleted user keeps its row, so that no id is given twice, but nothing here finds it. */
export class UserTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(id: string, user: NewUser, organizationName: string | undefined, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO users
         (id, email, email_key, organization, organization_id, external_id, policy, version, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)`,
      id,
      ...written(id, user, organizationName),
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
    const rows = this.#sql
      .exec<{ id: string }>('SELECT id FROM users WHERE email_key = ?', comparable(email))
      .toArray();
    return rows.some(({ id }) => id !== exceptId);
  }

  list(wanted: UserList): RecordPage<UserRecord> {
    const { limit, after = 0, email, organization, status, externalId, q } = wanted;
    const part = q === undefined ? undefined : comparable(q);
    const { sql, bindings } = allOf([
      ['seq > ? AND deleted_at IS NULL', after],
      where('email_key = ?', email === undefined ? undefined : comparable(email)),
      where('organization_id = ?', organization),
      where('external_id = ?', externalId),
      where("coalesce(json_extract(policy, '$.status'), 'active') = ?", status),
      part === undefined ? undefined : ['(instr(email_key, ?) > 0 OR instr(lower(external_id), ?) > 0)', part, part],
    ]);
    const query = `SELECT ${columns} FROM users WHERE ${sql} ORDER BY seq LIMIT ?`;
    return pageOf(this.#sql.exec<UserRow>(query, ...bindings, limit + 1).toArray(), limit, recordOf);
  }

  idsOf(organization: string): readonly string[] {
    const query = 'SELECT id FROM users WHERE organization_id = ? AND deleted_at IS NULL ORDER BY seq';
    const rows = this.#sql.exec<{ id: string }>(query, organization).toArray();
    return rows.map(({ id }) => id);
  }

  /** The organisation is called otherwise now. */
  rename(organization: string, name: string): void {
    this.#sql.exec('UPDATE users SET organization = ? WHERE organization_id = ?', name, organization);
  }

  /** The organisation of a user, deleted or not. */
  organizationOf(id: string): string | undefined {
    const [row] = this.#sql
      .exec<{ organization_id: string | null }>('SELECT organization_id FROM users WHERE id = ?', id)
      .toArray();
    return row?.organization_id ?? undefined;
  }

  /** The version of a user, deleted or not. Undefined if there never was one. */
  versionOf(
    id: string,
  ): { readonly version: number; readonly isDeleted: boolean; readonly policy: Policy } | undefined {
    const [row] = this.#sql
      .exec<{ version: number; deleted_at: number | null; policy: string }>(
        'SELECT version, deleted_at, policy FROM users WHERE id = ?',
        id,
      )
      .toArray();
    return row && { version: row.version, isDeleted: row.deleted_at !== null, policy: parsePolicy(row.policy) };
  }

  update(id: string, user: NewUser, organizationName: string | undefined): void {
    this.#sql.exec(
      `UPDATE users SET email = ?, email_key = ?, organization = ?, organization_id = ?, external_id = ?, policy = ?,
         version = version + 1 WHERE id = ?`,
      ...written(id, user, organizationName),
      id,
    );
  }

  /** Sets the limits back to what they were, as a new version. */
  setLimits(id: string, limits: Policy['limits']): void {
    const found = this.find(id);
    if (found === undefined) return;
    const policy = JSON.stringify(withLimits(found.policy, limits));
    this.#sql.exec('UPDATE users SET policy = ?, version = version + 1 WHERE id = ?', policy, id);
  }

  delete(id: string, nowMs: number): void {
    this.#sql.exec('UPDATE users SET email_key = NULL, deleted_at = ?, version = version + 1 WHERE id = ?', nowMs, id);
  }
}

function recordOf(row: UserRow): UserRecord {
  return {
    id: row.id,
    ...(row.email === row.id ? {} : { email: row.email }),
    ...(row.organization_id === null ? {} : { organization: row.organization_id }),
    ...(row.external_id === null ? {} : { externalId: row.external_id }),
    policy: parsePolicy(row.policy),
    version: row.version,
    createdAtMs: row.created_at,
  };
}

/**
 * The columns that a change writes, in their order. A user without an address has its id in that place, because old
 * releases, which know only users with one, take two that are alike for a fault.
 */
function written(
  id: string,
  { email, organization, externalId, policy }: NewUser,
  organizationName: string | undefined,
): (string | null)[] {
  const address = email === undefined ? [id, null] : [email, comparable(email)];
  return [...address, organizationName ?? null, organization ?? null, externalId ?? null, JSON.stringify(policy)];
}
