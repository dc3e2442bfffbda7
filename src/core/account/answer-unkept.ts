import type { KeptAnswer } from './claim.ts';

const encoder = new TextEncoder();
const yes = encoder.encode('true');
const no = encoder.encode('false');

/** An answer that says at a place of its body that its response is kept, as one that says that it is not. */
export function answerUnkept({ body, ...answer }: KeptAnswer, at: number): KeptAnswer | undefined {
  // What can't be told truly is not told again.
  if (yes.some((byte, index) => body[at + index] !== byte)) return undefined;
  const changed = new Uint8Array(body.length - yes.length + no.length);
  changed.set(body.subarray(0, at));
  changed.set(no, at);
  changed.set(body.subarray(at + yes.length), at + no.length);
  return { ...answer, body: changed };
}
