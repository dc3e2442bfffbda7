export type Promised =
  | 'no overrun'
  | 'exactly once'
  | 'durable'
  | 'no leak'
  | 'no false refusal'
  | 'conservation'
  | 'every caller is answered'
  | 'readable for ever';

/** The invariants of the ledger itself speak up by an error of their own. */
export const invariantError = 'AssertionError';

/** What the simulator throws when the code under it does not do what the design promises. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  readonly promise: Promised;

  constructor(promise: Promised, message: string) {
    super(`${promise}: ${message}`);
    this.promise = promise;
  }
}

export function broken(promise: Promised, message: string): never {
  throw new BrokenPromise(promise, message);
}
