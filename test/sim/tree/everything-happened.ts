import { expect } from 'vitest';

const oftenEnough: unknown = expect.toSatisfy((times: number) => times > 100, 'more than a hundred times');

/** Runs in which deliveries always came in order, or no call was corrected, would have left something out. */
export const everythingHappened = { taken: oftenEnough, elsewhere: oftenEnough, corrected: oftenEnough };
