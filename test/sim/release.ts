import type { Formats } from '../../src/core/account/format.ts';
import type { ClaimStore } from '../../src/core/account/claim.ts';
import type { ResponseStore } from '../../src/core/account/response-store.ts';
import type { Checkpoint, JournalRow, JournalStore, KeptChanges, Loaded } from '../../src/core/account/store.ts';

/**
 * Three releases in a row, of which the middle one learns to read a format that the last one writes. The code under
 * test plays the newest: what it writes is called format 2, and format 1 is made up here, with other names for a few
 * fields.
 */
export type Release = 'writes-1' | 'reads-2' | 'writes-2';

/** What the release after the first knows: how to make format 2 of format 1. */
const bothFormats: Formats = { eventUpgrades: [newEvent], checkpointUpgrades: [newCheckpoint] };

/** What a release reads. The first knows of no format but its own. */
export function formatsOf(release: Release): Formats {
  return release === 'writes-1' ? { eventUpgrades: [], checkpointUpgrades: [] } : bothFormats;
}

/** A disk as a release sees it. Only what is written and read through it is translated. */
export class ReleaseStore implements JournalStore {
  readonly #disk: JournalStore;
  readonly #release: Release;

  constructor(disk: JournalStore, release: Release) {
    this.#disk = disk;
    this.#release = release;
  }

  load(): Loaded {
    const { checkpoint, names, rows } = this.#disk.load();
    if (this.#release !== 'writes-1') return { checkpoint, names, rows };
    // To the first release, its own format is the one that the code under test has.
    return {
      checkpoint: checkpoint && { ...checkpoint, body: ifFormat1(checkpoint.body, newCheckpoint) },
      names,
      rows: [...rows].map((row) => ({ ...row, events: ifFormat1(row.events, newEvent) })),
    };
  }

  get claims(): ClaimStore {
    return this.#disk.claims;
  }

  get responses(): ResponseStore {
    return this.#disk.responses;
  }

  append(row: JournalRow, kept: KeptChanges | undefined, checkpoint?: Checkpoint): void {
    const written = { ...row, events: this.#written(row.events, oldEvent) };
    if (checkpoint === undefined) this.#disk.append(written, kept);
    else this.#disk.append(written, kept, this.#writtenCheckpoint(checkpoint));
  }

  forget(kept: KeptChanges): void {
    this.#disk.forget(kept);
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.#disk.checkpoint(this.#writtenCheckpoint(checkpoint));
  }

  prune(seq: number, beforeMs: number, keepRows: number, rowsMax: number): number {
    return this.#disk.prune(seq, beforeMs, keepRows, rowsMax);
  }

  lastSeq(): number {
    return this.#disk.lastSeq();
  }

  oldestRowAt(): number | undefined {
    return this.#disk.oldestRowAt();
  }

  after(seq: number): Iterable<JournalRow> {
    return this.#disk.after(seq);
  }

  find(fromMs: number, toMs: number, text: string): Iterable<JournalRow> {
    return this.#disk.find(fromMs, toMs, text);
  }

  #writtenCheckpoint(checkpoint: Checkpoint): Checkpoint {
    return { ...checkpoint, body: this.#written(checkpoint.body, oldCheckpoint) };
  }

  #written(text: string, older: (body: unknown) => unknown): string {
    const [, ...bodies] = elements(text);
    return JSON.stringify(this.#release === 'writes-2' ? [2, ...bodies] : [1, ...bodies.map(older)]);
  }
}

/** What a row says, in the format that the code under test has, whichever release wrote it. */
export function eventsOnDisk({ events: text, subjects = '[]' }: JournalRow): unknown[] {
  const [format, ...written] = elements(text);
  const events = format === 2 ? written : written.map(newEvent);
  const about = new Map(elements(subjects) as [number, object][]);
  // Whom an event was about is beside it.
  return events.map((event, place) => (about.has(place) ? withFacts(event, about.get(place)) : event));
}

function withFacts(event: unknown, subject: object | undefined): object {
  const { facts, ...rest } = event as { readonly facts?: object };
  return { ...rest, facts: { ...facts, ...subject } };
}

/** Whether any of what an actor would load is of a format that the first release does not know. */
export function holdsFormat2(loaded: Loaded): boolean {
  const texts = [...loaded.rows].map(({ events }) => events);
  if (loaded.checkpoint !== undefined) texts.push(loaded.checkpoint.body);
  return texts.some((text) => elements(text)[0] === 2);
}

function ifFormat1(text: string, newer: (body: unknown) => unknown): string {
  const [format, ...bodies] = elements(text);
  return format === 1 ? JSON.stringify([1, ...bodies.map(newer)]) : text;
}

function elements(text: string): unknown[] {
  // Every row and checkpoint is a list.
  return JSON.parse(text) as unknown[];
}

function oldEvent(body: unknown): unknown {
  return renamed(body, 'nanoUsd', 'cost');
}

function newEvent(body: unknown): unknown {
  return renamed(body, 'cost', 'nanoUsd');
}

function oldCheckpoint(body: unknown): unknown {
  return renamed(body, 'ledger', 'book');
}

function newCheckpoint(body: unknown): unknown {
  return renamed(body, 'book', 'ledger');
}

function renamed(body: unknown, from: string, to: string): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key === from ? to : key, value]));
}
