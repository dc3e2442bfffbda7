import * as v from 'valibot';
import { breachesKeptMax } from '../../limits.ts';
import type { Breach, Breaches } from '../../core/account/breach.ts';
import type { LedgerTrouble, LostRecord } from './directory-protocol.ts';

type LedgerRow = {
  account: string;
  incarnation: string | null;
  begun_at: number;
  found: string | null;
  found_at: number | null;
};

const quantity = v.pipe(v.number(), v.integer());
const breachesSchema = v.array(
  v.object({
    holdId: v.string(),
    requestId: v.string(),
    atMs: quantity,
    provider: v.string(),
    model: v.string(),
    heldTokens: quantity,
    chargedTokens: quantity,
    heldNanoUsd: quantity,
    chargedNanoUsd: quantity,
  }),
);

/** At most so many accounts with lost or older ledgers are named. */
const namedMax = 100;

/**
 * For each used account, the ledger that it began with, and what went wrong with it. A used account without a row began
 * under a release that gave ledgers no names.
 */
export class LedgerTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Whether a ledger of that name may serve the account. The first may; another may not, and is remembered.
   * `activatedAtMs` is when the account's key was first used.
   */
  introduce(
    account: string,
    incarnation: string,
    activatedAtMs: number | undefined,
    nowMs: number,
  ): { readonly kind: 'known' } | { readonly kind: 'lost'; readonly begunAtMs: number; readonly isNew: boolean } {
    const row = this.#find(account);
    if (row === undefined && activatedAtMs === undefined) {
      this.#sql.exec(
        'INSERT INTO ledgers (account, incarnation, begun_at) VALUES (?, ?, ?)',
        account,
        incarnation,
        nowMs,
      );
      return { kind: 'known' };
    }
    if (row?.incarnation === incarnation) {
      this.isThere(account);
      return { kind: 'known' };
    }
    const begunAtMs = row?.begun_at ?? activatedAtMs ?? nowMs;
    this.#sql.exec(
      `INSERT INTO ledgers (account, begun_at, found, found_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (account) DO UPDATE SET found = ?3, found_at = coalesce(found_at, ?4)`,
      account,
      begunAtMs,
      incarnation,
      nowMs,
    );
    return { kind: 'lost', begunAtMs, isNew: row?.found_at === undefined || row.found_at === null };
  }

  /** Whether a ledger of the account has begun. */
  isUsed(account: string): boolean {
    return this.#find(account) !== undefined;
  }

  /** Undefined if its ledger is not lost. */
  lost(account: string): LostRecord | undefined {
    const row = this.#find(account);
    return row === undefined ? undefined : lostRecord(row);
  }

  /** Lets the ledger that was found in place of a lost one serve, from nothing. The count of breaches goes on. */
  letBegin(account: string, nowMs: number): void {
    this.#sql.exec(
      `UPDATE ledgers SET incarnation = found, begun_at = ?, found = NULL, found_at = NULL, went_back_at = NULL,
         earlier_breaches = earlier_breaches + breaches, breaches = 0
       WHERE account = ? AND found IS NOT NULL`,
      nowMs,
      account,
    );
  }

  /** The lost ledger serves again: its files were put back. */
  isThere(account: string): void {
    this.#sql.exec('UPDATE ledgers SET found = NULL, found_at = NULL WHERE account = ? AND found IS NOT NULL', account);
  }

  note(account: string, { calls, newest }: Breaches, wentBackAtMs: number | undefined, nowMs: number): void {
    const last = newest.at(-1);
    this.#sql.exec(
      `INSERT INTO ledgers (account, begun_at, breaches, newest_breaches, newest_breach_at, went_back_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (account) DO UPDATE SET breaches = ?3,
         newest_breaches = coalesce(?4, newest_breaches), newest_breach_at = coalesce(?5, newest_breach_at),
         went_back_at = coalesce(?6, went_back_at)`,
      account,
      nowMs,
      calls,
      last === undefined ? null : JSON.stringify(newest),
      last?.atMs ?? null,
      wentBackAtMs ?? null,
    );
  }

  /** The oldest first: they have waited the longest. */
  allLost(): readonly LostRecord[] {
    return this.#sql
      .exec<LedgerRow>('SELECT * FROM ledgers WHERE found_at IS NOT NULL ORDER BY found_at LIMIT ?', namedMax)
      .toArray()
      .flatMap((row) => lostRecord(row) ?? []);
  }

  wentBack(): LedgerTrouble['wentBack'] {
    return this.#sql
      .exec<{ account: string; went_back_at: number }>(
        'SELECT account, went_back_at FROM ledgers WHERE went_back_at IS NOT NULL ORDER BY went_back_at DESC LIMIT ?',
        namedMax,
      )
      .toArray()
      .map(({ account, went_back_at: atMs }) => ({ account, atMs }));
  }

  breaches(): LedgerTrouble['breaches'] {
    const { calls, accounts } = this.#sql
      .exec<{ calls: number | null; accounts: number }>(
        `SELECT sum(breaches + earlier_breaches) AS calls, count(*) AS accounts
         FROM ledgers WHERE newest_breach_at IS NOT NULL`,
      )
      .one();
    // The newest of all are among the newest of the accounts with the latest ones.
    const newest = this.#sql
      .exec<{ account: string; newest_breaches: string }>(
        `SELECT account, newest_breaches FROM ledgers WHERE newest_breach_at IS NOT NULL
         ORDER BY newest_breach_at DESC LIMIT ?`,
        breachesKeptMax,
      )
      .toArray()
      .flatMap(({ account, newest_breaches: text }) => parseBreaches(text).map((breach) => ({ account, ...breach })))
      .toSorted((one, other) => other.atMs - one.atMs)
      .slice(0, breachesKeptMax);
    return { calls: calls ?? 0, accounts, newest };
  }

  #find(account: string): LedgerRow | undefined {
    return this.#sql.exec<LedgerRow>('SELECT * FROM ledgers WHERE account = ?', account).toArray()[0];
  }
}

function lostRecord({ account, begun_at: begunAtMs, found_at: sinceMs }: LedgerRow): LostRecord | undefined {
  return sinceMs === null ? undefined : { account, begunAtMs, sinceMs };
}

function parseBreaches(text: string): readonly Breach[] {
  return v.parse(breachesSchema, JSON.parse(text));
}
