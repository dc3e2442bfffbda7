import { comparable } from './conditions.ts';

/**
 * Gives organisations to users that have only the name of one: an old release has written them. What has the same name
 * is the same organisation. Their keys are told, revoked ones too: what they have spent is owed. An operator may go
 * back to the release before and come again, so this is done at each start.
 */
export function adoptNames(storage: DurableObjectStorage, newId: () => string, nowMs: number): void {
  const { sql } = storage;
  const nameless = 'organization IS NULL AND organization_id IS NOT NULL';
  const otherwise = `organization IS NOT NULL
    AND organization IS NOT (SELECT name FROM organizations WHERE organizations.id = users.organization_id)`;
  const changed = sql
    .exec<{ id: string; organization: string | null }>(
      `SELECT id, organization FROM users WHERE (${nameless}) OR (${otherwise})`,
    )
    .toArray();
  if (changed.length === 0) return;
  storage.transactionSync(() => {
    for (const { id, organization } of changed) {
      const owner = organization === null ? null : idOf(organization);
      sql.exec('UPDATE users SET organization_id = ? WHERE id = ?', owner, id);
      sql.exec(
        `UPDATE api_keys SET version = version + 1, push_at = iif(activated_at IS NULL, NULL, ?), push_tries = 0
         WHERE user_id = ?`,
        nowMs,
        id,
      );
    }
  });

  function idOf(name: string): string {
    const query = 'SELECT id FROM organizations WHERE name = ? AND deleted_at IS NULL ORDER BY parent IS NOT NULL, seq';
    const [known] = sql.exec<{ id: string }>(query, name).toArray();
    if (known !== undefined) return known.id;
    const id = newId();
    sql.exec(
      'INSERT INTO organizations (id, name, name_key, version, created_at) VALUES (?, ?, ?, 1, ?)',
      id,
      name,
      comparable(name),
      nowMs,
    );
    return id;
  }
}
