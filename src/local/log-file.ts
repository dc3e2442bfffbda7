/** What the Worker logs, as lines of JSON. The file is kept small; the previous one is kept too. */

import { appendFileSync, renameSync, statSync, truncateSync } from 'node:fs';
import { errorCode } from './problem.ts';

const fileBytesMax = 8 * 1024 * 1024;
/** If nothing else is logged, how long to wait before trying again to log what was lost. */
const retryMs = 10_000;

interface Loss {
  readonly since: string;
  readonly reason: string;
  lines: number;
}

/** Never fails: the gateway must not end because of its log. It counts lost lines, and logs the count when it can. */
export class LogFile {
  readonly #path: string;
  readonly #warn: (line: string) => void;
  #loss: Loss | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Undefined if unknown: at the beginning, and after an error. */
  #bytes: number | undefined;

  /** Calls `warn` once, with one line, when the log can't be written, and again only after it could be. */
  constructor(path: string, warn: (line: string) => void) {
    this.#path = path;
    this.#warn = warn;
    // The operator should learn of it at the start, not from the first trouble that isn't logged.
    this.#try(() => this.#append(''), 0);
  }

  write(level: string, message: string): void {
    this.#try(() => this.#append(`${this.#lossLine()}${lineOf(level, message)}`), 1);
  }

  /** Logs what was lost, if that is possible now. */
  close(): void {
    clearTimeout(this.#retry);
    if (this.#loss !== undefined) this.#try(() => this.#append(this.#lossLine()), 0);
    clearTimeout(this.#retry);
  }

  #try(write: () => void, lines: number): void {
    try {
      write();
      this.#loss = undefined;
    } catch (error) {
      this.#bytes = undefined;
      this.#lose(errorCode(error) ?? String(error), lines);
    }
  }

  #lose(reason: string, lines: number): void {
    if (this.#loss === undefined) {
      this.#loss = { since: new Date().toISOString(), reason, lines: 0 };
      this.#warn(`Could not write to the log ${this.#path} (${reason}). Weir goes on, and counts what is not logged.`);
    }
    this.#loss.lines += lines;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#try(() => this.#append(this.#lossLine()), 0), retryMs).unref();
  }

  #lossLine(): string {
    if (this.#loss === undefined || this.#loss.lines === 0) return '';
    return lineOf('warn', JSON.stringify({ level: 'warn', event: 'log-lines-lost', ...this.#loss }));
  }

  /** Appends all of it or nothing: a full disk may take only a part. */
  #append(text: string): void {
    let bytes = this.#bytes ?? sizeOf(this.#path);
    const more = Buffer.byteLength(text);
    if (bytes > 0 && bytes + more > fileBytesMax) {
      renameSync(this.#path, `${this.#path}.1`);
      bytes = 0;
    }
    try {
      appendFileSync(this.#path, text);
    } catch (error) {
      cut(this.#path, bytes);
      throw error;
    }
    this.#bytes = bytes + more;
  }
}

function lineOf(level: string, message: string): string {
  return `${JSON.stringify({ at: new Date().toISOString(), level, message })}\n`;
}

function cut(path: string, bytes: number): void {
  try {
    truncateSync(path, bytes);
  } catch {
    // It is no file, or nothing of the line was written.
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
