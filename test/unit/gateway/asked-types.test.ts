import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { GatewayError } from '../../../src/http/errors.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { type Json, askedTypes, objectsOf } from '../../support/types/asked-bodies.ts';
import { ValueChecker } from '../../support/types/value-checker.ts';

const values = new ValueChecker();
afterAll(() => values.close());

/** The fields of which Weir says itself that they can't be had, or that no provider takes the number. */
const refused = ['background', 'conversation', 'dimensions'];

function fieldRefused(protocol: ProtocolName, body: Json): string | undefined {
  try {
    protocols[protocol].read(new TextEncoder().encode(JSON.stringify(body)));
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return thrown.options.param ?? thrown.message;
  }
}

const runs = 100 * Number(process.env['TYPE_RUNS'] ?? 4);

test.each<ProtocolName>(['chat', 'messages', 'responses', 'embeddings'])(
  'a client of %s is refused nothing at once that its own types allow, but what is said to be',
  (protocol) => {
    fc.assert(
      fc.property(objectsOf(values, askedTypes[protocol]), (body) => {
        const field = fieldRefused(protocol, body);
        expect(field === undefined || refused.includes(field), field).toBe(true);
      }),
      { numRuns: runs },
    );
  },
  60_000,
);
