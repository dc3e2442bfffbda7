import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { noQuirks } from '../../../src/catalog/no-quirks.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { quirksOfTarget } from '../../../src/gateway/bound/body-edits.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import { prepareBody } from '../../../src/gateway/attempt/send-body.ts';
import { readCall } from '../../../src/protocols/wires.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { wireOf } from '../../../src/routing/wire-of.ts';
import type { WireName } from '../../../src/protocols/wire-call.ts';
import { candidates } from '../../support/chat.ts';
import { TypeArbitraries } from '../../support/types/type-arbitraries.ts';
import { seldomAsked, typicalValues } from '../../support/types/typical-values.ts';
import { type TypedValue, ValueChecker } from '../../support/types/value-checker.ts';

// Whatever a client asks that its own types allow, what its provider is sent is what the types of the provider's
// protocol allow, with what the quirks in the catalog say that this server knows besides, and without what they drop.
// Bodies are made of the types of the official clients, with all fields and variants that those have.

const values = new ValueChecker();
afterAll(() => values.close());

const catalog = bundledCatalog();
const models = [
  'openai/gpt-4.1',
  'openai/gpt-5-mini',
  'google/gemini-3.1-pro-preview',
  'xai/grok-4.7',
  'deepseek/deepseek-v4-pro',
  'zai/glm-5.3',
  'mistral/mistral-small-2603',
  'groq/openai/gpt-oss-120b',
  'workers-ai/@cf/zai-org/glm-5.3',
  'openrouter/openai/gpt-4.1',
  'cloudflare-ai-gateway/openai/gpt-5-mini',
  'anthropic/claude-haiku-4-5',
  'anthropic/claude-opus-4-6',
  'anthropic/claude-opus-4-8',
  'anthropic/claude-sonnet-5',
  'anthropic/claude-opus-5-5',
];

type Json = Readonly<Record<string, unknown>>;

const askedTypes: Readonly<Record<WireName, string>> = {
  chat: 'Wire.ChatAsked',
  messages: 'Wire.MessagesAsked',
  responses: 'Wire.ResponsesAsked',
  embeddings: 'Wire.EmbeddingsAsked',
};

function bodiesOf(wire: WireName): fc.Arbitrary<Json> {
  const { checker, type } = values.type(askedTypes[wire]);
  const habits = { values: typicalValues, seldom: seldomAsked, always: new Set(['messages', 'input']) };
  // What is made of the type of an object is one.
  return new TypeArbitraries(checker, habits).of(type) as fc.Arbitrary<Json>;
}

/** Extensions by the names under which a server can refuse what they are for. */
const foreignParts: readonly (readonly [string, string])[] = [
  ['cache_control', 'messages.cache_control'],
  ['reasoning_content', 'messages.reasoning_content'],
  ['reasoning_details', 'messages.reasoning_details'],
  ['thought_signature', 'messages.extra_content'],
];

function chatType(to: Bindable, isOwn: boolean, cap: number | undefined): string {
  const { extensions, drop, rename, ...quirks } = quirksOfTarget(to) ?? noQuirks;
  const renamed = Object.entries(rename).filter(([name, other]) => name !== other);
  const clients = foreignParts.filter(([, part]) => !drop.includes(part)).map(([name]) => name);
  const known = [
    ...extensions,
    ...(isOwn ? clients : []),
    ...(quirks.toolNames === 'needed' || (isOwn && quirks.toolNames === 'optional') ? ['tool_names'] : []),
  ];
  const otherCap = quirks.outputCap === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  const dropped = [
    ...drop,
    ...renamed.map(([name]) => name),
    ...(quirks.streamUsage ? [] : ['stream_options']),
    ...(cap === undefined || to.provider.kind === 'workers-ai' ? [] : [otherCap]),
  ];
  const added = renamed.map(([name, other]) => `${other}?: Wire.ChatAsked['${name}']`);
  return `Wire.ChatSent<${among(known)}, '${quirks.reasoning}', ${among(dropped)}, { ${added.join('; ')} }>`;
}

function among(names: readonly string[]): string {
  return names.length === 0 ? 'never' : names.map((name) => `'${name}'`).join(' | ');
}

/** The type that a body must have; undefined where the target can't be asked so at all. */
function sentType(asked: WireName, to: Bindable, cap: number | undefined): string | undefined {
  const sent = wireOf(asked, to.provider, to.candidate.target);
  if (sent === 'chat') return chatType(to, asked === sent, cap);
  if (sent === undefined || sent === asked) return sent && askedTypes[sent];
  return sent === 'messages' ? 'Wire.MessagesSent' : undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the target is sent, to be checked; undefined where it can't be had, and is refused before anything is sent. */
function sentOf(wire: WireName, body: Json, to: Bindable, cap: number | undefined): TypedValue | undefined {
  try {
    const encoded = encodeCall(readCall(wire, encoder.encode(JSON.stringify(body))), to);
    const type = sentType(wire, to, cap);
    if (encoded instanceof GatewayError || type === undefined) return undefined;
    return { type, value: JSON.parse(decoder.decode(prepareBody(encoded, to, cap))) };
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined;
    throw thrown;
  }
}

function targetOf(model: string): Bindable {
  const [to] = candidates(catalog, model);
  if (to === undefined) throw new Error(`nothing serves ${model}`);
  return to;
}

const caps = fc.option(fc.integer({ min: 16, max: 9000 }), { nil: undefined });
const bodiesARun = 40;
const runs = Number(process.env['TYPE_RUNS'] ?? 4);
const patient = 120_000;

describe.each<WireName>(['chat', 'messages', 'responses', 'embeddings'])('a client of %s', (wire) => {
  const isEmbeddings = wire === 'embeddings';
  const asked = isEmbeddings ? ['openai/text-embedding-3-small', 'mistral/mistral-embed'] : models;

  test.each(asked)(
    'has nothing sent to %s that its protocol does not allow',
    (model) => {
      const to = targetOf(model);
      const bodies = fc.array(fc.tuple(bodiesOf(wire), caps), { minLength: bodiesARun, maxLength: bodiesARun });
      let askedCount = 0;
      let sentCount = 0;
      fc.assert(
        fc.property(bodies, (calls) => {
          const sent = calls.flatMap(
            ([body, cap]) => sentOf(wire, { ...body, model }, to, isEmbeddings ? undefined : cap) ?? [],
          );
          askedCount += calls.length;
          sentCount += sent.length;
          expect(values.faults(sent)).toEqual([]);
        }),
        // To make a body smaller that has many fields takes longer than to read what is wrong with it.
        { numRuns: runs, endOnFailure: true },
      );
      expect(sentCount).toBeGreaterThan(askedCount / 4);
    },
    patient,
  );
});

test('every provider of the bundled catalog is among those', () => {
  const providers = new Set(models.map((model) => targetOf(model).provider.name));
  expect([...catalog.providers.keys()].filter((name) => !providers.has(name))).toEqual(['echo']);
});
