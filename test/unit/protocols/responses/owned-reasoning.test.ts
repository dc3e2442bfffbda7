import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownedMark, ownedReasoning, ownerOfReasoning } from '../../../../src/protocols/responses/owned-reasoning.ts';

test('hidden reasoning is had again as it was, with the name of whoever made it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string(), (provider, encrypted) => {
      expect(ownerOfReasoning(ownedReasoning(provider, encrypted))).toEqual({ provider, encrypted });
    }),
  );
});

test.each(['', 'gAAA', `${ownedMark}x`, `${ownedMark}%:x`, 'weir1.x.y'])('%j names nobody', (text) => {
  expect(ownerOfReasoning(text)).toBeUndefined();
});
