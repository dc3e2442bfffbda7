import type { Issue } from '../../http/issue.ts';
import type { Policy, PolicyPatch } from '../../core/account/policy.ts';
import type { Breach } from '../../core/account/breach.ts';
import type { AuditEntry, NewAuditEntry } from './audit-entry.ts';
import type { DirectoryOfAccounts } from '../tenant/directory-of-accounts.ts';
import type { Account, LedgerNote, LostLedger } from '../../core/account/protocol.ts';

/**
 * What the directory and its callers say to each other: plain data both ways. Every refusal is a value, since an error
 * loses its fields on the way between Workers. The sender validates what it writes.
 */
export interface DirectoryProtocol extends DirectoryOfAccounts {
  createOrganization(
    organization: NewOrganization,
    who: string,
  ): Promise<Done<OrganizationRecord> | OrganizationProblem>;
  organizations(list: OrganizationList): Promise<RecordPage<OrganizationRecord> | UnknownOrganization>;
  /** By its id, or by a name that only one has. */
  organization(idOrName: string): Promise<OrganizationRecord | UnknownOrganization>;
  /** Of keys below an organisation: how many have not heard of the newest change yet. */
  pendingBelow(id: string): Promise<number>;
  changeOrganization(
    id: string,
    change: OrganizationChange,
    expected: ExpectedVersions,
    who: string,
  ): Promise<OrganizationOutcome>;
  /** `recursive`: with all below it. Their keys are revoked for ever. */
  deleteOrganization(id: string, recursive: boolean, expected: ExpectedVersions, who: string): Promise<DeletedOutcome>;
  usersOf(organization: string, page: PageRequest): Promise<RecordPage<UserRecord> | UnknownOrganization>;

  /** The organisation is given by its id, or by a name that only one has. */
  createUser(user: NewUser, who: string): Promise<Done<UserRecord> | EmailTaken | UnknownOrganization>;
  users(list: UserList): Promise<RecordPage<UserRecord> | UnknownOrganization>;
  user(id: string): Promise<UserRecord | undefined>;
  changeUser(
    id: string,
    change: UserChange,
    expected: ExpectedVersions,
    who: string,
  ): Promise<UserOutcome | EmailTaken | UnknownOrganization>;
  /** Also revokes every key of the user for ever. The address is free again. */
  deleteUser(id: string, expected: ExpectedVersions, who: string): Promise<UserOutcome>;

  createKey(key: NewKey, who: string): Promise<Done<KeyRecord> | Missing | TooManyKeys>;
  keys(userId: string, page: PageRequest): Promise<RecordPage<KeyRecord> | undefined>;
  key(userId: string, id: string): Promise<KeyRecord | undefined>;
  /** A key by its own id, whosever it is. */
  anyKey(id: string): Promise<KeyRecord | undefined>;
  changeKey(ref: KeyRef, change: KeyChange, expected: ExpectedVersions, who: string): Promise<KeyOutcome>;

  /** Gives the user and its keys their room back. `reached` of `accounts` actors have done so before the answer. */
  resetQuota(
    userId: string,
    who: string,
  ): Promise<{ readonly keys: number; readonly accounts: number; readonly reached: number } | undefined>;

  /** Gives an organisation its room back, and with `recursive` all below. `reached` of `accounts` have done so. */
  resetOrganization(
    idOrName: string,
    recursive: boolean,
    who: string,
  ): Promise<{ readonly id: string; readonly accounts: number; readonly reached: number } | UnknownOrganization>;

  /** Whether a ledger of the account was ever used. */
  isUsed(accountId: string): Promise<boolean>;
  /** Only for an account's actor. An actor of the release before gives no name of its ledger, and is believed. */
  describe(accountId: string, incarnation?: string): Promise<Account | LostLedger | undefined>;
  note(accountId: string, note: LedgerNote): Promise<void>;
  ledgers(): Promise<LedgerTrouble>;
  /** Lets an account with a lost ledger begin again. */
  restartLedger(accountId: string, who: string): Promise<RestartOutcome>;

  /** What was last written; undefined if nothing was, and the bundled catalog serves. */
  catalog(): Promise<StoredCatalog | undefined>;
  /** The same text as in KV, for a reader that found it missing or spoilt there. It is put there again. */
  catalogForReaders(): Promise<string | undefined>;
  /** Writes a catalog under the next version. The document is JSON text of an object, without `version`. */
  putCatalog(document: string, expected: ExpectedVersions, who: string): Promise<CatalogOutcome>;
  /** Merges a patch, JSON text of an object, into what was last written, and checks the result. */
  patchCatalog(patch: string, expected: ExpectedVersions, who: string): Promise<CatalogOutcome>;

  recordChange(entry: NewAuditEntry): Promise<void>;
  audit(page: PageRequest): Promise<RecordPage<AuditEntry>>;
  /** How many stored changes have not reached their account yet, or the catalog's readers. */
  undelivered(): Promise<{ readonly keys: number; readonly accounts: number; readonly catalog: boolean }>;
}

export interface LedgerTrouble {
  /** Accounts that serve nobody until their files are put back or an admin lets them begin again. */
  readonly lost: readonly LostRecord[];
  /** Accounts whose ledger is an older copy, the newest found first. */
  readonly wentBack: readonly { readonly account: string; readonly atMs: number }[];
  readonly breaches: {
    readonly calls: number;
    readonly accounts: number;
    /** The newest first. */
    readonly newest: readonly (Breach & { readonly account: string })[];
  };
}

export interface LostRecord {
  readonly account: string;
  readonly begunAtMs: number;
  /** When it was found to be lost. */
  readonly sinceMs: number;
}

export type RestartOutcome = { readonly kind: 'done' } | Missing | { readonly kind: 'not-lost' };

export interface NewOrganization {
  readonly name: string;
  /** The organisation above it, by its id or a name that only one has. That has none above itself. */
  readonly parent?: string;
  /** What the admin calls it elsewhere. */
  readonly externalId?: string;
  readonly policy: Policy;
}

export interface OrganizationRecord extends NewOrganization {
  readonly id: string;
  readonly version: number;
  readonly createdAtMs: number;
}

export interface OrganizationChange {
  readonly name?: string;
  /** null removes it. */
  readonly externalId?: string | null;
  readonly policy?: PolicyPatch;
}

export interface NewUser {
  /** Missing for a program. */
  readonly email?: string;
  readonly organization?: string;
  /** What the admin calls it elsewhere. */
  readonly externalId?: string;
  readonly policy: Policy;
}

export interface UserRecord extends NewUser {
  readonly id: string;
  readonly version: number;
  readonly createdAtMs: number;
}

export interface UserChange {
  /** null removes it. */
  readonly email?: string | null;
  /** null takes the user out of its organisation. */
  readonly organization?: string | null;
  /** null removes it. */
  readonly externalId?: string | null;
  readonly policy?: PolicyPatch;
}

export interface NewKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly test: boolean;
  readonly secretHash: string;
  readonly policy: Policy;
}

export interface KeyRecord extends Omit<NewKey, 'secretHash'> {
  readonly version: number;
  readonly createdAtMs: number;
  /** When it was first used, which made its actor. */
  readonly activatedAtMs?: number;
  /** Its actor has not acknowledged its newest version yet. */
  readonly pending: boolean;
}

export interface KeyRef {
  readonly userId: string;
  readonly id: string;
}

export interface KeyChange {
  readonly name?: string;
  readonly policy: PolicyPatch;
}

/** The record must have one of these versions for the change; undefined if any will do. */
export type ExpectedVersions = readonly number[] | undefined;

export interface PageRequest {
  readonly limit: number;
  readonly after?: number;
}

/** A page of those users who are all that is named. */
export interface UserList extends PageRequest {
  readonly email?: string;
  readonly organization?: string;
  readonly status?: 'active' | 'suspended' | 'revoked';
  readonly externalId?: string;
  /** A part of the address or of the external id, in capitals or not. */
  readonly q?: string;
}

export interface OrganizationList extends PageRequest {
  readonly parent?: string;
  readonly externalId?: string;
  /** A part of the name or of the external id, in capitals or not. */
  readonly q?: string;
}

/** `next` continues after the last record, however many records appear or go in between. */
export interface RecordPage<T> {
  readonly records: readonly T[];
  readonly next?: number;
}

export interface Done<T> {
  readonly kind: 'done';
  readonly record: T;
}

/** On disk, but not acknowledged by all that it concerns: it will be applied, whatever crashes. */
type StoredOnly = { readonly kind: 'stored' };

export type Missing = { readonly kind: 'missing' };

interface VersionMismatch {
  readonly kind: 'version-mismatch';
  readonly version: number;
}

export type EmailTaken = { readonly kind: 'email-taken' };
/** No organisation is called so, or several are. */
export type UnknownOrganization = { readonly kind: 'unknown-organization'; readonly isAmbiguous: boolean };
export type OrganizationProblem =
  | UnknownOrganization
  /** A sibling has this name. */
  | { readonly kind: 'name-taken' }
  /** The parent has a parent itself. */
  | { readonly kind: 'too-deep' };
export type TooManyKeys = { readonly kind: 'too-many-keys' };

export type OrganizationOutcome =
  /** So many keys below have not heard of it yet. Missing if all have. */
  | (Done<OrganizationRecord> & { readonly pending?: number })
  | StoredOnly
  | VersionMismatch
  | OrganizationProblem
  | { readonly kind: 'too-many-counters' };

export type DeletedOutcome =
  /** So many keys have not heard of it yet. */
  | (Done<OrganizationRecord> & { readonly pending: number })
  | UnknownOrganization
  | VersionMismatch
  /** Users or organisations belong to it. */
  | { readonly kind: 'not-empty' };

export type UserOutcome =
  | Done<UserRecord>
  | Missing
  | VersionMismatch
  | StoredOnly
  | { readonly kind: 'too-many-counters' };

export type KeyOutcome =
  | Done<KeyRecord>
  | Missing
  | VersionMismatch
  | StoredOnly
  /** A revoked key stays so. */
  | { readonly kind: 'revoked' }
  /** The account has had too many different limits so far. Nothing was changed. */
  | { readonly kind: 'too-many-counters' };

export interface StoredCatalog {
  readonly version: number;
  readonly document: string;
}

export type CatalogOutcome =
  /** The document is the text that was written. */
  | { readonly kind: 'done'; readonly version: number; readonly document: string }
  | VersionMismatch
  | StoredOnly
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }
  | { readonly kind: 'too-large' };
