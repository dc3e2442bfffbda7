/**
 * The folder that holds everything a local Weir knows. Only its owner can read it.
 *
 *   lock          held while a Weir runs on this folder; the operating system releases it when that process dies
 *   process       the process id of that Weir
 *   workerd       the process ids of its runtime and of the shell that supervises it
 *   admin-key     made at the first start, unless ADMIN_KEY is given
 *   key-secret    signs API keys; made at the first start, unless KEY_SECRET is given
 *   user api-key  the first user's id, and the first API key, which is that user's
 *   weir.log      what the Worker logs
 *   state/        Durable Objects and KV, in SQLite
 *   bundle/ tmp/  made anew at each start
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCode, Problem } from './problem.ts';

/** How long a Weir that is stopping, or was just killed, may take to release the lock. */
const patienceMs = 2000;

export interface DataFolder {
  readonly path: string;
  read(name: string): string | undefined;
  /**
   * Returns when the text is on disk. A crash leaves the old text or the new one, never a part. Throws a Problem if it
   * can't write.
   */
  write(name: string, text: string): void;
  release(): void;
}

/** A start writes the bundle, and what the runtime makes of it. */
const startBytesLeast = 8 * 1024 * 1024;

/** Throws a Problem if the folder can't be written, has no room, or is held by another process. */
export function openDataFolder(path: string): DataFolder {
  // Everything made from here on, by the runtime too, belongs to the owner alone.
  process.umask(0o077);
  explainFailure(path, () => {
    makeFolder(join(path, 'state'));
    writeWhole(path, '.writable', '');
    rmSync(join(path, '.writable'));
  });
  refuseWithoutRoom(path);
  const lock = takeLock(path);
  explainFailure(path, () => {
    for (const name of ['bundle', 'tmp']) {
      rmSync(join(path, name), { recursive: true, force: true });
      mkdirSync(join(path, name));
    }
  });
  return {
    path,
    read: (name) => readWhole(path, name),
    write: (name, text) => explainFailure(path, () => writeWhole(path, name, text)),
    release: () => lock.close(),
  };
}

function explainFailure(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    const remedy = reason === 'ENOSPC' || reason === 'EDQUOT' ? 'Make room' : 'Make it writable';
    throw new Problem(`Could not write to the folder ${path} (${reason}). ${remedy}, or set WEIR_DATA to another.`);
  }
}

/** On a full disk every step of a start fails in its own way, and none says why. */
function refuseWithoutRoom(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  const bytes = bavail * bsize;
  if (bytes >= startBytesLeast) return;
  throw new Problem(
    `The disk of ${path} is full: ${mebibytes(bytes)} MiB are free, and a start takes ` +
      `${mebibytes(startBytesLeast)} MiB. Make room, or set WEIR_DATA to a folder elsewhere.`,
  );
}

function mebibytes(bytes: number): string {
  return (Math.floor((bytes / (1024 * 1024)) * 10) / 10).toString();
}

/** Makes the parents too. Node's `recursive` tries for ever if a parent exists but takes no folder, as under /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    mkdirSync(path);
  }
}

/** Reads a secret from the folder, or makes it the first time. */
export function keptSecret(folder: DataFolder, name: string): { readonly value: string; readonly isNew: boolean } {
  const kept = folder.read(name)?.trim();
  if (kept !== undefined && kept !== '') return { value: kept, isNew: false };
  const value = randomBytes(32).toString('base64url');
  folder.write(name, `${value}\n`);
  return { value, isNew: true };
}

/**
 * SQLite's exclusive lock is the only lock in Node that dies with its process. So a `kill -9` leaves no stale lock, and
 * it does not matter which program has the old process id now.
 */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(join(path, 'lock'), { timeout: patienceMs });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    const holder = readWhole(path, 'process')?.trim();
    const name = holder === undefined ? 'Another Weir' : `Another Weir (process ${holder})`;
    throw new Problem(`${name} is using ${path}. Stop it, or set WEIR_DATA to another folder.`);
  }
  return lock;
}

function readWhole(path: string, name: string): string | undefined {
  try {
    return readFileSync(join(path, name), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function writeWhole(path: string, name: string, text: string): void {
  const partial = join(path, `${name}.partial`);
  writeFileSync(partial, text, { mode: 0o600, flush: true });
  renameSync(partial, join(path, name));
}
