/** Something the user can put right. Its message is the one line that is shown, and it needs no stack trace. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** Runs a program's main function. A Problem is one line and exit 1; any other error is ours and is shown whole. */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exit(1);
  }
}

/**
 * From now on this program goes on when nobody takes what it prints: the reader of a pipe may end, a disk may be full.
 */
export function outliveOutput(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}

/** The `code` that Node gives to its operating errors, such as `EACCES`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
