import { expect } from 'vitest';

const moreThan = (least: number): unknown =>
  expect.toSatisfy((times: number) => times > least, `more than ${least} times`);

/** Runs in which deliveries always came in order, say, or no call was corrected, would have left something out. */
export const everythingHappened = {
  taken: moreThan(100),
  elsewhere: moreThan(100),
  corrected: moreThan(100),
  granted: moreThan(1000),
  refused: moreThan(100),
  refusedAbove: moreThan(100),
  adopted: moreThan(100),
  trimmed: moreThan(3),
  silent: moreThan(100),
};
