import { keysPerUserMax } from '../../limits.ts';
import { patchPolicy } from '../../core/account/policy.ts';
import { isExpected, withLimitsOf } from './account-change.ts';
import { AccountDelivery, type Delivery, outcomeOf } from './account-delivery.ts';
import { type ApiKeyTable, type KeySettings, type StoredKey, recordOf } from './api-key-table.ts';
import type { Change, NewAuditEntry } from './audit-entry.ts';
import type {
  Done,
  ExpectedVersions,
  KeyChange,
  KeyOutcome,
  KeyRecord,
  KeyRef,
  Missing,
  NewKey,
  TooManyKeys,
} from './directory-protocol.ts';
import type { UserTable } from './user-table.ts';

/** What the directory gives it. */
interface CareNeeds {
  readonly users: UserTable;
  readonly keys: ApiKeyTable;
  readonly accounts: AccountDelivery;
  readonly change: Change;
  /** Tells the key's account its newest version. */
  readonly deliver: (keyId: string) => Promise<Delivery>;
}

/** Makes and changes API keys. */
export class KeyCare {
  readonly #needs: CareNeeds;

  constructor(needs: CareNeeds) {
    this.#needs = needs;
  }

  create(key: NewKey, who: string): Done<KeyRecord> | Missing | TooManyKeys {
    const { users, keys, change } = this.#needs;
    if (users.find(key.userId) === undefined) return { kind: 'missing' };
    if (keys.countOf(key.userId) >= keysPerUserMax) return { kind: 'too-many-keys' };
    const { secretHash: _, ...details } = key;
    const nowMs = Date.now();
    change({ who, action: 'key.created', subject: key.id, details }, nowMs, () => keys.insert(key, nowMs));
    return { kind: 'done', record: { ...details, version: 1, createdAtMs: nowMs, pending: false } };
  }

  find({ userId, id }: KeyRef): StoredKey | undefined {
    const { users, keys } = this.#needs;
    const key = keys.find(id);
    return key?.userId === userId && users.find(userId) !== undefined ? key : undefined;
  }

  async change(ref: KeyRef, change: KeyChange, expected: ExpectedVersions, who: string): Promise<KeyOutcome> {
    return this.#needs.accounts.inTurn(ref.id, async () => {
      // An earlier change is delivered first, so that the account's next answer is about this change alone.
      if (this.find(ref)?.pending === true) await this.#needs.deliver(ref.id);
      const before = this.find(ref);
      if (before === undefined) return { kind: 'missing' };
      if (!isExpected(before.version, expected)) return { kind: 'version-mismatch', version: before.version };
      const policy = patchPolicy(before.policy, change.policy);
      const name = change.name ?? before.name;
      const isSame = name === before.name && JSON.stringify(policy) === JSON.stringify(before.policy);
      if (isSame) return before.pending ? { kind: 'stored' } : { kind: 'done', record: recordOf(before) };
      if (before.policy.status === 'revoked') return { kind: 'revoked' };
      this.#write(before, { name, policy }, { who, action: 'key.changed', subject: ref.id, details: { ...change } });
      if (before.pending) return { kind: 'stored' };
      return outcomeOf(await this.#needs.deliver(ref.id), this.find(ref));
    });
  }

  #write(before: StoredKey, after: KeySettings, entry: NewAuditEntry): void {
    const { id, name, policy, pending, fallback } = before;
    const last = pending && fallback !== undefined ? withLimitsOf(after, fallback) : { name, policy };
    const nowMs = Date.now();
    this.#needs.change(entry, nowMs, () => {
      this.#needs.keys.change(id, after, last, AccountDelivery.pushAtMs(nowMs));
    });
  }
}
