import { globSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncOptions, type SQLInputValue } from 'node:sqlite';

/** What the accounts of a folder have on disk. It can be moved in time, as no running Weir can. */
export class StateOnDisk {
  readonly #accounts: string;

  constructor(folder: string) {
    this.#accounts = join(folder, '.weir/state/do/weir-TenantActor');
  }

  /** The events of one kind in all journals, with the times of their rows. Wakes nobody. */
  events(type: string): { readonly at: number }[] {
    return this.#journals().flatMap((path) =>
      using(path, { readOnly: true, timeout: 10_000 }, (database) => {
        const rows = database.prepare('SELECT at, events FROM journal ORDER BY seq').all();
        return rows.flatMap((row) => {
          const [, ...events] = JSON.parse(String(row['events'])) as { type: string }[];
          return events.filter((event) => event.type === type).map((event) => ({ ...event, at: Number(row['at']) }));
        });
      }),
    );
  }

  /** While nothing runs: makes everything happen so much earlier, the setting of alarms included. */
  moveBack(ms: number): void {
    for (const path of this.#journals()) {
      using(path, {}, (database) => {
        const rows = database.prepare('SELECT seq, at, events FROM journal').all();
        for (const { seq, at, events } of rows) {
          const moved = String(events).replaceAll(/"endsBy":(\d+)/g, (_, endsBy) => `"endsBy":${Number(endsBy) - ms}`);
          run(database, 'UPDATE journal SET at = ?, events = ? WHERE seq = ?', Number(at) - ms, moved, seq);
        }
        // An account that has never set an alarm has no such table.
        const hasAlarm = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_METADATA'").all().length > 0;
        if (hasAlarm)
          run(database, 'UPDATE _cf_METADATA SET value = value - ? WHERE key = 1', BigInt(ms) * nanosecondsPerMs);
      });
    }
    using(join(this.#accounts, 'metadata.sqlite'), {}, (database) => {
      run(database, 'UPDATE _cf_ALARM SET scheduled_time = scheduled_time - ?', BigInt(ms) * nanosecondsPerMs);
    });
  }

  /** Those of accounts that have begun. One that is just waking has no tables yet. */
  #journals(): string[] {
    const paths = globSync(join(this.#accounts, '*.sqlite')).filter((path) => !path.endsWith('metadata.sqlite'));
    const query = "SELECT 1 FROM sqlite_master WHERE name = 'journal'";
    return paths.filter((path) =>
      using(path, { readOnly: true, timeout: 10_000 }, (database) => database.prepare(query).all().length > 0),
    );
  }
}

const nanosecondsPerMs = 1_000_000n;

function using<T>(path: string, options: DatabaseSyncOptions, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path, options);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

function run(database: DatabaseSync, statement: string, ...values: (SQLInputValue | undefined)[]): void {
  database.prepare(statement).run(...values.map((value) => value ?? null));
}
