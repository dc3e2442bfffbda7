import type { Policy } from '../../core/account/policy.ts';
import type { OrganizationTable } from './organization-table.ts';
import type { PushState, Pushes } from './pushes.ts';
import { parsePolicy } from './stored-policy.ts';
import type { UserTable } from './user-table.ts';

type PushRow = { push_at: number; push_tries: number; fallback: string | null };

/**
 * The accounts of users and organisations that have not acknowledged their newest version. There is a row while one has
 * not.
 */
export class LevelTable implements Pushes {
  readonly #sql: SqlStorage;
  readonly #users: UserTable;
  readonly #organizations: OrganizationTable;

  constructor(sql: SqlStorage, users: UserTable, organizations: OrganizationTable) {
    this.#sql = sql;
    this.#users = users;
    this.#organizations = organizations;
  }

  /** The account is to be told of a change. `before` takes its place if the account refuses it. */
  push(id: string, before: Policy, pushAtMs: number): void {
    this.#sql.exec(
      `INSERT INTO level_pushes (account, push_at, fallback) VALUES (?1, ?2, ?3)
       ON CONFLICT (account) DO UPDATE SET push_at = ?2, push_tries = 0, fallback = coalesce(fallback, ?3)`,
      id,
      pushAtMs,
      JSON.stringify(before),
    );
  }

  stateOf(id: string): PushState | undefined {
    const version = this.#versionOf(id);
    if (version === undefined) return undefined;
    const row = this.#row(id);
    return { version, isPending: row !== undefined, tries: row?.push_tries ?? 0 };
  }

  acknowledged(id: string, version: number): void {
    if (this.#versionOf(id) === version) this.#sql.exec('DELETE FROM level_pushes WHERE account = ?', id);
  }

  pushFailed(id: string, pushAtMs: number): void {
    this.#sql.exec('UPDATE level_pushes SET push_at = ?, push_tries = push_tries + 1 WHERE account = ?', pushAtMs, id);
  }

  raiseAbove(id: string, version: number): void {
    for (const table of ['users', 'organizations'])
      this.#sql.exec(`UPDATE ${table} SET version = max(version, ?) + 1 WHERE id = ?`, version, id);
  }

  fallBack(id: string, pushAtMs: number): Readonly<Record<string, unknown>> | undefined {
    const fallback = this.#row(id)?.fallback ?? undefined;
    if (fallback === undefined) return undefined;
    const { limits } = parsePolicy(fallback);
    for (const table of [this.#users, this.#organizations]) table.setLimits(id, limits);
    this.#sql.exec(
      'UPDATE level_pushes SET push_at = ?, push_tries = 0, fallback = NULL WHERE account = ?',
      pushAtMs,
      id,
    );
    return { limits };
  }

  due(nowMs: number, count: number): readonly string[] {
    return this.#sql
      .exec<{ account: string }>(
        'SELECT account FROM level_pushes WHERE push_at <= ? ORDER BY push_at LIMIT ?',
        nowMs,
        count,
      )
      .toArray()
      .map(({ account }) => account);
  }

  /** Those that have not acknowledged their newest version. */
  pending(): readonly string[] {
    const rows = this.#sql.exec<{ account: string }>('SELECT account FROM level_pushes').toArray();
    return rows.map(({ account }) => account);
  }

  earliestPushAt(): number | undefined {
    const { at } = this.#sql.exec<{ at: number | null }>('SELECT MIN(push_at) AS at FROM level_pushes').one();
    return at ?? undefined;
  }

  #versionOf(id: string): number | undefined {
    return (this.#users.versionOf(id) ?? this.#organizations.versionOf(id))?.version;
  }

  #row(id: string): PushRow | undefined {
    return this.#sql
      .exec<PushRow>('SELECT push_at, push_tries, fallback FROM level_pushes WHERE account = ?', id)
      .toArray()[0];
  }
}
