export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** For what only a wrong program makes false. Input that may be wrong is refused by value, never asserted. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Every quantity is a whole number from 0 to 2^53 - 1: a larger sum would silently lose its last digits. */
export function assertQuantity(value: number, what: string): void {
  assert(Number.isSafeInteger(value) && value >= 0, `${what} is not a whole number from 0 to 2^53 - 1: ${value}`);
}
