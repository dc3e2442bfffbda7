/**
 * What a promise comes to, or undefined if it fails or takes longer than that. It is not stopped: whoever asked must
 * bear a late effect.
 */
export async function answerWithin<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([
      promise.then(
        (answer) => answer,
        () => undefined,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
