/** Something that the user can fix. Only its message is shown, in one line, without a stack trace. */
export class Problem extends Error {
  override readonly name = 'Problem';
}

/** Runs a program's main function. A Problem prints one line; any other error is a bug and is shown in full. */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exit(1);
  }
}

/** From now on the program goes on if its output can't be written: the reader of a pipe may end, a disk may be full. */
export function outliveOutput(): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
}

/** The `code` of Node's system errors, such as `EACCES`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
