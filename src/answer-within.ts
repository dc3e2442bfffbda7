/** Calls `fire` once after so many milliseconds. Answers how to call that off. */
export type After = (ms: number, fire: () => void) => () => void;

const platformTimer: After = (ms, fire) => {
  const timer = setTimeout(fire, ms);
  return () => clearTimeout(timer);
};

/** An answer, or an error when it takes longer. The question itself goes on: a late effect must be harmless. */
export function answerWithin<T>(ms: number, answer: Promise<T>, after: After = platformTimer): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = after(ms, () => reject(new Error(`no answer within ${ms} ms`)));
    void answer.finally(callOff).then(resolve, reject);
  });
}

/** The same, but undefined where the answer fails or takes longer. */
export async function answerIfAny<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
  return answerWithin(ms, answer).catch(() => undefined);
}
