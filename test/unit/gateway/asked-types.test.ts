import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { GatewayError } from '../../../src/http/errors.ts';
import type { WireName } from '../../../src/protocols/wire-call.ts';
import { readCall } from '../../../src/protocols/wires.ts';
import { type Json, askedTypes, objectsOf } from '../../support/types/asked-bodies.ts';
import { ValueChecker } from '../../support/types/value-checker.ts';

const values = new ValueChecker();
afterAll(() => values.close());

/** The fields of which Weir says itself that they can't be had, or that no provider takes the number. */
const refused = ['background', 'conversation', 'dimensions'];

function fieldRefused(wire: WireName, body: Json): string | undefined {
  try {
    readCall(wire, new TextEncoder().encode(JSON.stringify(body)));
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return thrown.options.param ?? thrown.message;
  }
}

const runs = 100 * Number(process.env['TYPE_RUNS'] ?? 4);

test.each<WireName>(['chat', 'messages', 'responses', 'embeddings'])(
  'a client of %s is refused nothing at once that its own types allow, but what is said to be',
  (wire) => {
    fc.assert(
      fc.property(objectsOf(values, askedTypes[wire]), (body) => {
        const field = fieldRefused(wire, body);
        expect(field === undefined || refused.includes(field), field).toBe(true);
      }),
      { numRuns: runs },
    );
  },
  60_000,
);
