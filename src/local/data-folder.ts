/**
 * The folder that holds everything a local Weir knows. It and all in it can be read by its owner only.
 *
 *   lock          held while a Weir runs on this folder; the operating system lets go of it when that process dies
 *   process       the process id of that Weir
 *   workerd       those of its runtime and of the shell that supervises it
 *   admin-key     made at the first start, unless ADMIN_KEY is given
 *   key-secret    signs API keys; made at the first start, unless KEY_SECRET is given
 *   user api-key  the first user's id, and the first API key, which is that user's
 *   weir.log      what the Worker logs
 *   state/        Durable Objects and KV, in SQLite
 *   bundle/ tmp/  made anew at each start
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  statfsSync,
  writeSync,
  fsyncSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCode, Problem } from './problem.ts';

/** How long a Weir that is being stopped, or was just killed, may take to let go. */
const patienceMs = 2000;

export interface DataFolder {
  readonly path: string;
  read(name: string): string | undefined;
  /**
   * Returns when the text is on disk; a crash leaves the old text or the new, never a part. Throws a Problem where that
   * can't be.
   */
  write(name: string, text: string): void;
  release(): void;
}

/** A start writes the bundle, and what the runtime makes of it. */
const startBytesLeast = 8 * 1024 * 1024;

/** Throws a Problem if the folder can't be written, has no room, or is held by another process. */
export function openDataFolder(path: string): DataFolder {
  // Everything made from here on, by the runtime too, is the owner's alone.
  process.umask(0o077);
  try {
    makeFolder(join(path, 'state'));
    writeWhole(path, '.writable', '');
    rmSync(join(path, '.writable'));
  } catch (error) {
    throw unwritable(path, error);
  }
  refuseWithoutRoom(path);
  const lock = takeLock(path);
  try {
    for (const name of ['bundle', 'tmp']) {
      rmSync(join(path, name), { recursive: true, force: true });
      mkdirSync(join(path, name));
    }
  } catch (error) {
    throw unwritable(path, error);
  }
  return {
    path,
    read: (name) => readWhole(path, name),
    write: (name, text) => {
      try {
        writeWhole(path, name, text);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
    release: () => lock.close(),
  };
}

function unwritable(path: string, error: unknown): Problem {
  const reason = errorCode(error) ?? String(error);
  const remedy = reason === 'ENOSPC' || reason === 'EDQUOT' ? 'Make room' : 'Make it writable';
  return new Problem(`Could not write to the folder ${path} (${reason}). ${remedy}, or set WEIR_DATA to another.`);
}

/** On a disk that is full every step of a start fails in its own way, and none says why. */
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

/**
 * With its parents. Node's own way of that tries for ever where a parent exists and takes no folder, as under /proc.
 */
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

/** Reads a secret of the folder, making it the first time. */
export function keptSecret(folder: DataFolder, name: string): { readonly value: string; readonly isNew: boolean } {
  const kept = folder.read(name)?.trim();
  if (kept !== undefined && kept !== '') return { value: kept, isNew: false };
  const value = randomBytes(32).toString('base64url');
  folder.write(name, `${value}\n`);
  return { value, isNew: true };
}

/**
 * SQLite's exclusive lock is the one lock that Node offers which dies with its process: after a `kill -9` there is no
 * stale lock to judge, and a process id that was given to another program means nothing.
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
  const file = openSync(partial, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, join(path, name));
}
