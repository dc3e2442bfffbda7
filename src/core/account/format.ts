import { type LedgerSnapshot, restoreSnapshot, takeSnapshot } from '../ledger/snapshot.ts';
import { type EpochMs, epochMs } from '../ledger/epoch-ms.ts';
import { type Breaches, noBreaches } from './breach.ts';
import type { TenantEvent } from './fold.ts';
import { type TenantState, applyEvent } from './fold.ts';
import type { Account } from './protocol.ts';
import type { ModelUsage } from './usage.ts';
import type { JournalRow } from './store.ts';
import { decodeSubjects, withSubject } from './subject.ts';
import type { Link, Over } from './uplink/below.ts';
import type { Uplink } from './uplink/uplinks.ts';

/**
 * Writes rows and checkpoints, and reads every format that was ever released. A pruned row lives on in a checkpoint,
 * and a checkpoint in the next: so no format may ever become unreadable.
 *
 * To change a format, append an upgrade below and release it: that release reads both, and still writes the old format.
 * Raise `writtenFormat` in the release after. So a rollback by one release can read everything.
 */
export const writtenFormat = 1;
/**
 * The format of what an account has taken from others below. It is format 1, but releases that know no such accounts
 * must not fold it: they would forget what was taken, and it would be taken again.
 */
export const takenFormat = 2;
/** The format of holds that several accounts know. It is format 1, but older releases would let such holds expire. */
export const askedFormat = 3;

type Upgrade = (body: unknown) => unknown;

export interface Formats {
  /** The upgrade of a row from format n to n + 1 is at n - 1. Append only. */
  readonly eventUpgrades: readonly Upgrade[];
  readonly checkpointUpgrades: readonly Upgrade[];
}

const unchanged: Upgrade = (body) => body;

export const formats: Formats = { eventUpgrades: [unchanged, unchanged], checkpointUpgrades: [unchanged, unchanged] };

/** An unknown release wrote what is on disk. To start from nothing would forget money. */
export class UnreadableFormatError extends Error {
  override readonly name = 'UnreadableFormatError';
}

/** A row as text, from the texts of its events. The first element is the format. */
export function encodeRow(events: readonly string[], format = writtenFormat): string {
  return `[${format},${events.join(',')}]`;
}

export function decodeRow(text: string, known: Formats = formats): readonly TenantEvent[] {
  const [format, ...events] = parseArray(text);
  return events.map((event) => upgrade(event, format, known.eventUpgrades, 'journal row')) as TenantEvent[];
}

interface CheckpointBody {
  readonly ledger: LedgerSnapshot;
  readonly account?: Account;
  readonly plan: TenantState['plan'];
  readonly spend: Omit<TenantState['spend'], 'byModel'> & { readonly byModel: readonly ModelUsage[] };
  /** Missing if there were none, and in releases that did not count them. */
  readonly breaches?: Breaches;
  /** The rest is missing where there is none, and in releases that knew no accounts above or below. */
  readonly uplinks?: readonly (readonly [to: string, uplink: Uplink])[];
  readonly uplinkName?: string;
  readonly below?: readonly (readonly [key: string, link: Link])[];
  readonly over?: readonly (readonly [key: string, over: Over])[];
}

/** The opening balance of the rows after `state.seq`, without the names of ended calls, which are kept beside it. */
export function encodeCheckpoint(state: TenantState): string {
  const body: CheckpointBody = {
    ledger: takeSnapshot(state.ledger),
    ...(state.account === undefined ? {} : { account: state.account }),
    plan: state.plan,
    spend: { ...state.spend, byModel: [...state.spend.byModel.values()] },
    ...(state.breaches.calls === 0 ? {} : { breaches: state.breaches }),
    ...(state.uplinks.size === 0 ? {} : { uplinks: [...state.uplinks] }),
    ...(state.uplinkName === undefined ? {} : { uplinkName: state.uplinkName }),
    ...(state.below.size === 0 ? {} : { below: [...state.below] }),
    ...(state.over.size === 0 ? {} : { over: [...state.over] }),
  };
  return JSON.stringify([formatOf(state), body]);
}

export function decodeCheckpoint(text: string, seq: number, known: Formats = formats): TenantState {
  const [format, written] = parseArray(text);
  // In the newest format, this is what `encodeCheckpoint` writes.
  const body = upgrade(written, format, known.checkpointUpgrades, 'checkpoint') as CheckpointBody;
  return {
    seq,
    ledger: restoreSnapshot(body.ledger),
    account: body.account,
    plan: body.plan,
    spend: { ...body.spend, byModel: new Map(body.spend.byModel.map((usage) => [usage.model, usage])) },
    breaches: body.breaches ?? noBreaches,
    uplinks: new Map(body.uplinks),
    uplinkName: body.uplinkName,
    below: new Map(body.below),
    over: new Map(body.over),
    unwritten: new Set(),
    // A release that can't ask may have been told to.
    hasAsks: format === askedFormat || (body.account?.above ?? []).length > 0,
  };
}

/** In which format an account writes what it knows. */
export function formatOf({ below, hasAsks }: Pick<TenantState, 'below' | 'hasAsks'>): number {
  if (hasAsks) return askedFormat;
  return below.size === 0 ? writtenFormat : takenFormat;
}

/** Folds one row in. Rows must follow one another without a gap. */
export function replayRow(state: TenantState, row: { seq: number; at: number; events: string }, known?: Formats): void {
  if (row.seq !== state.seq + 1) throw new UnreadableFormatError(`journal row ${row.seq} follows row ${state.seq}`);
  for (const { event, at } of eventsOf(row, known)) applyEvent(state, event, at);
  state.seq = row.seq;
}

/** The events of a row, each with its time: that of the row, until a reset sets time back. */
export function* eventsOf(
  row: Pick<JournalRow, 'at' | 'events' | 'subjects'>,
  known?: Formats,
): Iterable<{ readonly event: TenantEvent; readonly at: EpochMs }> {
  let at = epochMs(row.at);
  const subjects = decodeSubjects(row.subjects);
  for (const [place, event] of decodeRow(row.events, known).entries()) {
    yield { event: withSubject(event, subjects.get(place)), at };
    if (event.type === 'reset') at = event.setBackTo ?? at;
  }
}

function parseArray(text: string): readonly unknown[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new UnreadableFormatError('what is on disk is not a list');
  return parsed;
}

function upgrade(body: unknown, format: unknown, upgrades: readonly Upgrade[], what: string): unknown {
  const newest = upgrades.length + 1;
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1 || format > newest) {
    throw new UnreadableFormatError(`this release reads a ${what} up to format ${newest}, and found ${String(format)}`);
  }
  return upgrades.slice(format - 1).reduce((upgraded, step) => step(upgraded), body);
}
