import { allOf, comparable, where } from './conditions.ts';
import type { NewOrganization, OrganizationList, OrganizationRecord, RecordPage } from './directory-protocol.ts';
import type { Policy } from '../../core/account/policy.ts';
import { pageOf } from './record-page.ts';
import { parsePolicy, withLimits } from './stored-policy.ts';

type OrganizationRow = {
  seq: number;
  id: string;
  name: string;
  parent: string | null;
  external_id: string | null;
  policy: string;
  version: number;
  created_at: number;
};

const columns = 'seq, id, name, parent, external_id, policy, version, created_at';

/** A deleted organisation keeps its row, so that no id is given twice. Only its ledger is still spoken to. */
export class OrganizationTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  insert(id: string, { name, parent, externalId, policy }: NewOrganization, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO organizations (id, name, name_key, parent, external_id, policy, version, created_at)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?)`,
      id,
      name,
      comparable(name),
      parent ?? null,
      externalId ?? null,
      JSON.stringify(policy),
      nowMs,
    );
  }

  find(id: string): OrganizationRecord | undefined {
    return this.#all('WHERE id = ? AND deleted_at IS NULL', id)[0];
  }

  /** Also one that was deleted: it still counts what its keys came to. */
  findAny(id: string): OrganizationRecord | undefined {
    return this.#all('WHERE id = ?', id)[0];
  }

  /** Those with an id or a name, whosever child they are: at most two, which is one too many. */
  called(idOrName: string): readonly OrganizationRecord[] {
    const byId = this.find(idOrName);
    return byId === undefined ? this.#all('WHERE name = ? AND deleted_at IS NULL LIMIT 2', idOrName) : [byId];
  }

  /** Whether a sibling other than `exceptId` has this name. */
  isTaken({ name, parent }: Pick<NewOrganization, 'name' | 'parent'>, exceptId?: string): boolean {
    const siblings = this.#all('WHERE name = ? AND parent IS ? AND deleted_at IS NULL', name, parent ?? null);
    return siblings.some(({ id }) => id !== exceptId);
  }

  list({ limit, after = 0, parent, externalId, q }: OrganizationList): RecordPage<OrganizationRecord> {
    const part = q === undefined ? undefined : comparable(q);
    const { sql, bindings } = allOf([
      ['seq > ? AND deleted_at IS NULL', after],
      where('parent = ?', parent),
      where('external_id = ?', externalId),
      part === undefined ? undefined : ['(instr(name_key, ?) > 0 OR instr(lower(external_id), ?) > 0)', part, part],
    ]);
    const query = `SELECT ${columns} FROM organizations WHERE ${sql} ORDER BY seq LIMIT ?`;
    return pageOf(this.#sql.exec<OrganizationRow>(query, ...bindings, limit + 1).toArray(), limit, recordOf);
  }

  update(id: string, { name, externalId, policy }: Omit<NewOrganization, 'parent'>): void {
    const set = 'name = ?, name_key = ?, external_id = ?, policy = ?, version = version + 1';
    const query = `UPDATE organizations SET ${set} WHERE id = ?`;
    this.#sql.exec(query, name, comparable(name), externalId ?? null, JSON.stringify(policy), id);
  }

  delete(id: string, nowMs: number): void {
    this.#sql.exec('UPDATE organizations SET deleted_at = ?, version = version + 1 WHERE id = ?', nowMs, id);
  }

  /** Sets the limits back to what they were, as a new version. */
  setLimits(id: string, limits: Policy['limits']): void {
    const found = this.findAny(id);
    if (found !== undefined) this.update(id, { ...found, policy: withLimits(found.policy, limits) });
  }

  childrenOf(id: string): readonly string[] {
    return this.#all('WHERE parent = ? AND deleted_at IS NULL', id).map((child) => child.id);
  }

  /** The version of an organisation, deleted or not. Undefined if there never was one. */
  versionOf(
    id: string,
  ): { readonly version: number; readonly isDeleted: boolean; readonly policy: Policy } | undefined {
    const [row] = this.#sql
      .exec<{ version: number; deleted_at: number | null; policy: string }>(
        'SELECT version, deleted_at, policy FROM organizations WHERE id = ?',
        id,
      )
      .toArray();
    return row && { version: row.version, isDeleted: row.deleted_at !== null, policy: parsePolicy(row.policy) };
  }

  #all(condition: string, ...bindings: readonly (string | null)[]): readonly OrganizationRecord[] {
    return this.#sql
      .exec<OrganizationRow>(`SELECT ${columns} FROM organizations ${condition}`, ...bindings)
      .toArray()
      .map(recordOf);
  }
}

function recordOf({ id, name, parent, external_id, policy, version, created_at }: OrganizationRow): OrganizationRecord {
  return {
    id,
    name,
    ...(parent === null ? {} : { parent }),
    ...(external_id === null ? {} : { externalId: external_id }),
    policy: parsePolicy(policy),
    version,
    createdAtMs: created_at,
  };
}
