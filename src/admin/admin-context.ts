import type { Env } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { directoryName } from '../actors/directory/directory.ts';
import type { DirectoryProtocol, ExpectedVersions } from '../actors/directory/directory-protocol.ts';

export interface AdminContext {
  readonly env: Env;
  /** The caller's name in the audit log. */
  readonly who: string;
}

/** `version` is what a later update may demand. */
export interface Answer<T> {
  readonly data: T;
  readonly version?: number;
}

export interface UpdateOptions {
  /** Make the update only if the version is one of these. */
  readonly ifVersion?: ExpectedVersions;
}

export interface RecursiveOptions {
  /** Make it to all that is below, too. */
  readonly recursive?: boolean;
}

export type ConditionalRecursion = UpdateOptions & RecursiveOptions;

/** Throws if the directory can't be reached. The directory returns refusals as values. */
export async function askDirectory<T>(env: Env, question: (directory: DirectoryProtocol) => Promise<T>): Promise<T> {
  try {
    return await question(env.DIRECTORY.getByName(directoryName));
  } catch (cause) {
    const message =
      'The directory did not answer. A change may have been made or not: look, and repeat it if it was not.';
    throw new GatewayError('ledger_unavailable', message, { cause, shouldRetry: false });
  }
}

/** For a change that is on disk but has not reached everyone it concerns. */
export function storedOnly(whom: string): GatewayError {
  const message =
    `The change is stored, but ${whom} could not be reached: it will be applied as soon as that is possible. ` +
    'It need not be repeated.';
  return new GatewayError('ledger_unavailable', message, { shouldRetry: false });
}

/** For limits that were taken back, because their account can't count them. `what`: what has them. */
export function tooManyCounters(what: string, param: string): GatewayError {
  const message =
    `${param} name more windows, models and endpoints than one ${what} may ever have: nothing was changed. ` +
    `Name ones that this ${what} has had before, or make another ${what}.`;
  return new GatewayError('invalid_request', message, { param });
}

export function versionMismatch(what: string, version: number): GatewayError {
  const message = `${what} has changed: its version is ${version} now. Read it again, and send if-match: "${version}".`;
  return new GatewayError('precondition_failed', message);
}
