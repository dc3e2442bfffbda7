/**
 * The directory's tables. Append only: a released migration never changes, and a new one only adds, so that the code of
 * the release before still works with them.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    -- What two addresses are compared by; null once the user is deleted, so that the address is free again.
    email_key TEXT UNIQUE,
    organization TEXT,
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
  );
  CREATE TABLE api_keys (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    test INTEGER NOT NULL,
    secret_hashes TEXT NOT NULL,
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    -- What the name and the policy become again if the account has no counters left for what was changed.
    fallback TEXT,
    -- When to tell the actor next; null once it has acknowledged this version.
    push_at INTEGER,
    push_tries INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX api_keys_of_user ON api_keys (user_id, seq);
  CREATE INDEX api_keys_to_push ON api_keys (push_at) WHERE push_at IS NOT NULL;
  CREATE TABLE catalog (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    push_at INTEGER,
    push_tries INTEGER NOT NULL DEFAULT 0
  );
  -- The document in pieces, because no row may be larger than 2 MB.
  CREATE TABLE catalog_pieces (piece INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL
  );
  `,
  `
  CREATE TABLE ledgers (
    account TEXT PRIMARY KEY,
    -- The name of the ledger that serves it; null where that began under a release that gave ledgers no names.
    incarnation TEXT,
    begun_at INTEGER NOT NULL,
    -- The name of another that was found in its place, and when; null where none was.
    found TEXT,
    found_at INTEGER,
    went_back_at INTEGER,
    -- Of the ledger that serves it, and of those before it.
    breaches INTEGER NOT NULL DEFAULT 0,
    earlier_breaches INTEGER NOT NULL DEFAULT 0,
    newest_breaches TEXT,
    newest_breach_at INTEGER
  );
  CREATE INDEX ledgers_lost ON ledgers (found_at) WHERE found_at IS NOT NULL;
  CREATE INDEX ledgers_back ON ledgers (went_back_at) WHERE went_back_at IS NOT NULL;
  CREATE INDEX ledgers_breached ON ledgers (newest_breach_at) WHERE newest_breach_at IS NOT NULL;
  `,
  `
  CREATE TABLE organizations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- What a part of a name is looked for in.
    name_key TEXT NOT NULL,
    parent TEXT,
    external_id TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
  );
  CREATE INDEX organizations_by_name ON organizations (name) WHERE deleted_at IS NULL;
  CREATE INDEX organizations_by_parent ON organizations (parent) WHERE parent IS NOT NULL;
  -- The user's organisation. Its name stays beside it, for the release before.
  ALTER TABLE users ADD COLUMN organization_id TEXT;
  CREATE INDEX users_of_organization ON users (organization_id, seq) WHERE organization_id IS NOT NULL;
  ALTER TABLE users ADD COLUMN external_id TEXT;
  CREATE INDEX users_by_external_id ON users (external_id) WHERE external_id IS NOT NULL;
  CREATE INDEX organizations_by_external_id ON organizations (external_id) WHERE external_id IS NOT NULL;
  `,
  `
  ALTER TABLE organizations ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
  -- Accounts of users and organisations that have not acknowledged their newest version.
  CREATE TABLE level_pushes (
    account TEXT PRIMARY KEY,
    push_at INTEGER NOT NULL,
    push_tries INTEGER NOT NULL DEFAULT 0,
    -- What the policy becomes again if the account has no counters left for what was changed.
    fallback TEXT
  );
  CREATE INDEX level_pushes_by_time ON level_pushes (push_at);
  -- Old releases stored policies of users without obeying them. Their accounts, and those of their keys, hear of them.
  INSERT INTO level_pushes (account, push_at)
    SELECT id, 1 FROM users
    WHERE policy <> '{}' AND deleted_at IS NULL AND id IN (SELECT account FROM ledgers);
  UPDATE api_keys SET version = version + 1, push_at = iif(activated_at IS NULL, NULL, 1), push_tries = 0
    WHERE json_extract(policy, '$.status') IS NOT 'revoked'
      AND user_id IN (SELECT id FROM users WHERE policy <> '{}' AND deleted_at IS NULL);
  UPDATE users SET version = version + 1 WHERE policy <> '{}' AND deleted_at IS NULL;
  `,
];

export function migrate(storage: DurableObjectStorage): void {
  const { sql } = storage;
  sql.exec('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)');
  const { applied } = sql.exec<{ applied: number }>('SELECT COUNT(*) AS applied FROM migrations').one();
  for (const [index, migration] of migrations.entries()) {
    if (index < applied) continue;
    storage.transactionSync(() => {
      sql.exec(migration);
      sql.exec('INSERT INTO migrations (version) VALUES (?)', index + 1);
    });
  }
}
