import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { directoryName } from '../actors/directory/directory.ts';
import type { DirectoryProtocol, ExpectedVersions } from '../actors/directory/directory-protocol.ts';

/** On whose behalf an operation is done, and with what. */
export interface AdminContext {
  readonly env: Env;
  /** As the audit log is to call them. */
  readonly who: string;
}

/** What an operation came to. `version` is what an update may be made conditional on. */
export interface Answer<T> {
  readonly data: T;
  readonly version?: number;
}

export interface UpdateOptions {
  /** Only make the update if the version is one of these. */
  readonly ifVersion?: ExpectedVersions;
}

/** Asks the directory. A failure to reach it is an operating error; all that it refuses, it refuses by value. */
export async function askDirectory<T>(env: Env, question: (directory: DirectoryProtocol) => Promise<T>): Promise<T> {
  try {
    return await question(env.DIRECTORY.getByName(directoryName));
  } catch (cause) {
    const message =
      'The directory did not answer. A change may have been made or not: look, and repeat it if it was not.';
    throw new GatewayError('ledger_unavailable', message, { cause, shouldRetry: false });
  }
}

/** The error for a change that is on disk and has not reached everyone it concerns. */
export function storedOnly(whom: string): GatewayError {
  const message =
    `The change is stored, but ${whom} could not be reached: it will be applied as soon as that is possible. ` +
    'It need not be repeated.';
  return new GatewayError('ledger_unavailable', message, { shouldRetry: false });
}

export function versionMismatch(what: string, version: number): GatewayError {
  const message = `${what} has changed: its version is ${version} now. Read it again, and send if-match: "${version}".`;
  return new GatewayError('precondition_failed', message);
}
