import * as v from 'valibot';
import { type Policy, storedPolicySchema } from '../../core/account/policy.ts';
import type { KeyRecord, NewKey, PageRequest, RecordPage } from './directory-protocol.ts';
import type { PushState, Pushes } from './pushes.ts';
import { pageOf } from './record-page.ts';
import { parsePolicy } from './stored-policy.ts';

type KeyRow = {
  seq: number;
  id: string;
  user_id: string;
  name: string;
  test: number;
  secret_hashes: string;
  policy: string;
  version: number;
  created_at: number;
  activated_at: number | null;
  fallback: string | null;
  push_at: number | null;
  push_tries: number;
};

const keySettingsSchema = v.object({ name: v.string(), policy: storedPolicySchema });
const secretHashesSchema = v.array(v.object({ hash: v.string(), untilMs: v.exactOptional(v.number()) }));

/** The part of a key that can change. */
export interface KeySettings {
  readonly name: string;
  readonly policy: Policy;
}

/** A key with what only the directory and its actor need. */
export interface StoredKey extends KeyRecord {
  readonly secretHashes: v.InferOutput<typeof secretHashesSchema>;
  readonly fallback: KeySettings | undefined;
  readonly pushTries: number;
}

/**
 * Keys are never deleted: a revoked one still has a history to show. `push_at` is set while a key's actor exists (the
 * key is activated) and has not acknowledged the newest version; everything that raises a version sets it.
 */
export class ApiKeyTable implements Pushes {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(key: NewKey, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO api_keys (id, user_id, name, test, secret_hashes, policy, version, created_at)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?)`,
      key.id,
      key.userId,
      key.name,
      key.test ? 1 : 0,
      JSON.stringify([{ hash: key.secretHash }]),
      JSON.stringify(key.policy),
      nowMs,
    );
  }

  find(id: string): StoredKey | undefined {
    const [row] = this.#sql.exec<KeyRow>('SELECT * FROM api_keys WHERE id = ?', id).toArray();
    return row === undefined ? undefined : storedKey(row);
  }

  list(userId: string, { limit, after }: PageRequest): RecordPage<KeyRecord> {
    const rows = this.#sql.exec<KeyRow>(
      'SELECT * FROM api_keys WHERE user_id = ? AND seq > ? ORDER BY seq LIMIT ?',
      userId,
      after ?? 0,
      limit + 1,
    );
    return pageOf(rows.toArray(), limit, keyRecord);
  }

  countOf(userId: string): number {
    return this.#sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM api_keys WHERE user_id = ?', userId).one().n;
  }

  activatedOf(userId: string): readonly string[] {
    return this.#ids('SELECT id FROM api_keys WHERE user_id = ? AND activated_at IS NOT NULL', userId);
  }

  activate(id: string, nowMs: number): void {
    this.#sql.exec('UPDATE api_keys SET activated_at = ? WHERE id = ? AND activated_at IS NULL', nowMs, id);
  }

  /** Writes the next version. `fallback` takes its place if the account refuses it. */
  change(id: string, { name, policy }: KeySettings, fallback: KeySettings, pushAtMs: number): void {
    this.#sql.exec(
      `UPDATE api_keys SET name = ?, policy = ?, version = version + 1,
         fallback = iif(activated_at IS NULL, NULL, ?), push_at = iif(activated_at IS NULL, NULL, ?), push_tries = 0
       WHERE id = ?`,
      name,
      JSON.stringify(policy),
      JSON.stringify(fallback),
      pushAtMs,
      id,
    );
  }

  /** Raises the version of each key of a user that isn't revoked: its rights have changed with the user. */
  touchAllOf(userId: string, pushAtMs: number): void {
    this.#sql.exec(
      `UPDATE api_keys SET version = version + 1, push_at = iif(activated_at IS NULL, NULL, ?), push_tries = 0
       WHERE user_id = ? AND json_extract(policy, '$.status') IS NOT 'revoked'`,
      pushAtMs,
      userId,
    );
  }

  stateOf(id: string): PushState | undefined {
    const key = this.find(id);
    return key && { version: key.version, isPending: key.pending, tries: key.pushTries };
  }

  fallBack(id: string, pushAtMs: number): Readonly<Record<string, unknown>> | undefined {
    const fallback = this.find(id)?.fallback;
    if (fallback === undefined) return undefined;
    const { name, policy } = fallback;
    this.#sql.exec(
      `UPDATE api_keys SET name = ?, policy = ?, version = version + 1, fallback = NULL, push_at = ?, push_tries = 0
       WHERE id = ?`,
      name,
      JSON.stringify(policy),
      pushAtMs,
      id,
    );
    return { ...fallback };
  }

  /** The actor of a used key is told the newest version again, under the same number. */
  pushAgain(id: string, pushAtMs: number): void {
    this.#sql.exec(
      'UPDATE api_keys SET push_at = ?, push_tries = 0 WHERE id = ? AND activated_at IS NOT NULL AND push_at IS NULL',
      pushAtMs,
      id,
    );
  }

  raiseAbove(id: string, version: number): void {
    this.#sql.exec('UPDATE api_keys SET version = max(version, ?) + 1 WHERE id = ?', version, id);
  }

  acknowledged(id: string, version: number): void {
    this.#sql.exec(
      'UPDATE api_keys SET fallback = NULL, push_at = NULL, push_tries = 0 WHERE id = ? AND version = ?',
      id,
      version,
    );
  }

  pushFailed(id: string, pushAtMs: number): void {
    this.#sql.exec(
      'UPDATE api_keys SET push_at = ?, push_tries = push_tries + 1 WHERE id = ? AND push_at IS NOT NULL',
      pushAtMs,
      id,
    );
  }

  earliestPushAt(): number | undefined {
    const { at } = this.#sql
      .exec<{ at: number | null }>('SELECT MIN(push_at) AS at FROM api_keys WHERE push_at IS NOT NULL')
      .one();
    return at ?? undefined;
  }

  due(nowMs: number, count: number): readonly string[] {
    return this.#ids(
      'SELECT id FROM api_keys WHERE push_at IS NOT NULL AND push_at <= ? ORDER BY push_at LIMIT ?',
      nowMs,
      count,
    );
  }

  pendingOf(userId: string): readonly string[] {
    return this.#ids('SELECT id FROM api_keys WHERE user_id = ? AND push_at IS NOT NULL', userId);
  }

  /** How many keys of these organisations' users have not heard of their newest version. */
  pendingBelow(organizations: readonly string[]): number {
    const { n } = this.#sql
      .exec<{ n: number }>(
        `SELECT COUNT(*) AS n FROM api_keys JOIN users ON users.id = api_keys.user_id
         WHERE push_at IS NOT NULL AND organization_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(organizations),
      )
      .one();
    return n;
  }

  pendingPushes(): number {
    return this.#sql.exec<{ n: number }>('SELECT COUNT(*) AS n FROM api_keys WHERE push_at IS NOT NULL').one().n;
  }

  #ids(query: string, ...bindings: readonly (string | number)[]): readonly string[] {
    const rows = this.#sql.exec<{ id: string }>(query, ...bindings).toArray();
    return rows.map(({ id }) => id);
  }
}

/** The part of a key that may be shown. */
export function recordOf(key: StoredKey): KeyRecord {
  const { id, userId, name, test, policy, version, createdAtMs, activatedAtMs, pending } = key;
  const activated = activatedAtMs === undefined ? {} : { activatedAtMs };
  return { id, userId, name, test, policy, version, createdAtMs, ...activated, pending };
}

function keyRecord(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    test: row.test === 1,
    policy: parsePolicy(row.policy),
    version: row.version,
    createdAtMs: row.created_at,
    ...(row.activated_at === null ? {} : { activatedAtMs: row.activated_at }),
    pending: row.push_at !== null,
  };
}

function storedKey(row: KeyRow): StoredKey {
  return {
    ...keyRecord(row),
    secretHashes: v.parse(secretHashesSchema, JSON.parse(row.secret_hashes)),
    fallback: row.fallback === null ? undefined : v.parse(keySettingsSchema, JSON.parse(row.fallback)),
    pushTries: row.push_tries,
  };
}
