import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRequestId, requestIdTimeMs } from '../../../src/http/request-id.ts';

const moment = fc.integer({ min: 0, max: 36 ** 9 - 1 });

describe('a request id', () => {
  it('has its documented form', () => {
    expect(newRequestId(1_795_000_000_000)).toMatch(/^req_[0-9a-z]{25}$/);
  });

  it('is unique among a hundred thousand of one millisecond', () => {
    const ids = new Set(Array.from({ length: 100_000 }, () => newRequestId(1_795_000_000_000)));
    expect(ids.size).toBe(100_000);
  });

  it('says when its request began', () => {
    fc.assert(
      fc.property(moment, (nowMs) => {
        expect(requestIdTimeMs(newRequestId(nowMs))).toBe(nowMs);
      }),
    );
  });

  it('sorts by time', () => {
    fc.assert(
      fc.property(moment, moment, (one, two) => {
        const inOrder = newRequestId(Math.min(one, two)) < newRequestId(Math.max(one, two));
        expect(inOrder || one === two).toBe(true);
      }),
    );
  });

  it.each(['', 'req_', 'chatcmpl-123', 'req_0mxqk1f2a', `req_${'A'.repeat(25)}`, `req_${'a'.repeat(26)}`])(
    'is not %j',
    (id) => {
      expect(requestIdTimeMs(id)).toBeUndefined();
    },
  );

  it('draws every digit equally often', () => {
    const counts = new Map<string, number>();
    for (let made = 0; made < 20_000; made += 1) {
      for (const digit of newRequestId(0).slice(13)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
    }
    const mean = (20_000 * 16) / 36;
    expect(counts.size).toBe(36);
    // Ten standard deviations: a bias of one in nine, which taking bytes as they come would give, is far outside.
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(10 * Math.sqrt(mean));
  });
});
