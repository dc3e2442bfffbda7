import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameCharsMax, routeReasonCharsMax } from '../../../src/limits.ts';
import { type RouteChoice, routeText } from '../../../src/core/routing/route-choice.ts';

const choice: RouteChoice = { name: 'auto', strategy: 'complexity', arm: 'complex', reason: 'score 7: code, long' };

describe('the text of a choice', () => {
  test('has the route, the arm and the reason', () => {
    expect(routeText(choice)).toBe('auto; arm=complex; reason="score 7: code, long"');
    expect(routeText({ ...choice, arm: undefined })).toBe('auto; reason="score 7: code, long"');
  });

  test('quotes what could be taken for something else', () => {
    expect(routeText({ ...choice, name: 'a;b', arm: 'x"y', reason: 'a "b" \\ c' })).toBe(
      String.raw`"a;b"; arm="x\"y"; reason="a \"b\" \\ c"`,
    );
  });

  test('is a value that a header can have, of bounded length, whatever it is made of', () => {
    const name = fc.stringMatching(new RegExp(`^[!-~]{1,${nameCharsMax}}$`));
    const reason = fc.string({ unit: 'binary', maxLength: 2 * routeReasonCharsMax });
    fc.assert(
      fc.property(name, fc.option(name, { nil: undefined }), reason, (route, arm, text) => {
        const written = routeText({ name: route, strategy: 'split', arm, reason: text });
        expect(written).toMatch(/^[ -~]*$/);
        expect(written.length).toBeLessThan(2 * (2 * nameCharsMax + routeReasonCharsMax) + 30);
        expect(new Headers({ 'x-gateway-route': written }).get('x-gateway-route')).toBe(written);
      }),
    );
  });

  test('keeps a reason whole up to the bound, and cuts what is over it', () => {
    const reasonOf = (length: number): number =>
      routeText({ ...choice, arm: undefined, reason: 'x'.repeat(length) }).length - 'auto; reason=""'.length;
    expect(reasonOf(routeReasonCharsMax)).toBe(routeReasonCharsMax);
    expect(reasonOf(routeReasonCharsMax + 1)).toBe(routeReasonCharsMax);
  });
});
