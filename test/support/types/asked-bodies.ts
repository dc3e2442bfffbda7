import type fc from 'fast-check';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { TypeArbitraries } from './type-arbitraries.ts';
import { seldomAsked, typicalValues } from './typical-values.ts';
import type { ValueChecker } from './value-checker.ts';

export type Json = Readonly<Record<string, unknown>>;

/** What a client of each protocol may send. */
export const askedTypes: Readonly<Record<ProtocolName, string>> = {
  chat: 'Protocol.ChatAsked',
  messages: 'Protocol.MessagesAsked',
  responses: 'Protocol.ResponsesAsked',
  embeddings: 'Protocol.EmbeddingsAsked',
};

/** Objects of a type of `protocol-types.ts`, with what matters in them more often than chance would have it. */
export function objectsOf(values: ValueChecker, name: string): fc.Arbitrary<Json> {
  const { checker, type } = values.type(name);
  const habits = { values: typicalValues, seldom: seldomAsked, always: new Set(['messages', 'input', 'choices']) };
  // What is made of the type of an object is one.
  return new TypeArbitraries(checker, habits).of(type) as fc.Arbitrary<Json>;
}
