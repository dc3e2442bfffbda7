import { describe, expect, it } from 'vitest';
import { closedSchema } from '../../../../../src/protocols/translate/chat-to-messages/schema.ts';

/** A schema with so many names, each of which leads to the next one, and the last to `end`. */
function chain(length: number, end: object) {
  const next = (at: number) =>
    at === length ? end : { type: 'object', properties: { next: { $ref: `#/$defs/d${at}` } } };
  const $defs = Object.fromEntries(Array.from({ length }, (_, at) => [`d${at}`, next(at + 1)]));
  return { ...next(0), $defs };
}

describe('a schema whose names lead to one another', () => {
  it('is closed however many of them there are', () => {
    expect(closedSchema(chain(5000, { type: 'string' }))).toMatchObject({ additionalProperties: false });
  });

  it('is found to contain itself however far back that leads', () => {
    expect(closedSchema(chain(5000, { $ref: '#/$defs/d7' }))).toBeUndefined();
    expect(closedSchema(chain(5000, { $ref: '#' }))).toBeUndefined();
  });
});
