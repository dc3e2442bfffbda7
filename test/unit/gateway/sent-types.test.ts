import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { noQuirks } from '../../../src/catalog/quirks.ts';
import type { Bindable } from '../../../src/gateway/bound/bindable.ts';
import { quirksOfTarget } from '../../../src/gateway/bound/body-edits.ts';
import { encodeCall } from '../../../src/gateway/bound/encode-call.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { GatewayError } from '../../../src/http/errors.ts';
import { targetProtocol } from '../../../src/core/routing/target-protocol.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { type Json, askedTypes, objectsOf } from '../../support/types/asked-bodies.ts';
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

/** Extensions by the names under which a server can refuse what they are for. */
const foreignParts: readonly (readonly [string, string])[] = [
  ['cache_control', 'messages.cache_control'],
  ['reasoning_content', 'messages.reasoning_content'],
  ['reasoning_details', 'messages.reasoning_details'],
  ['thought_signature', 'messages.extra_content'],
];

/** What of `reasoning_effort` a translated request has for a server that reasons otherwise than OpenAI's. */
const effortTold = {
  object: 'never',
  switch: 'never',
  'switch-and-effort': "'low' | 'high' | 'max'",
  steps: "'low' | 'high' | 'max'",
  none: 'never',
};

function chatType(to: Bindable, isOwn: boolean, cap: number | undefined): string {
  const { extensions, drop, rename, ...quirks } = quirksOfTarget(to) ?? noQuirks;
  const renamed = Object.entries(rename).filter(([name, other]) => name !== other);
  const clients = foreignParts.filter(([, part]) => !drop.includes(part)).map(([name]) => name);
  const known = [
    ...extensions,
    ...(isOwn ? clients : []),
    ...(quirks.developerRole ? ['developer'] : []),
    ...(quirks.toolNames === 'needed' || (isOwn && quirks.toolNames === 'optional') ? ['tool_names'] : []),
  ];
  const otherCap = quirks.outputCap === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  const dropped = [
    ...drop,
    ...renamed.map(([name]) => name),
    ...(quirks.streamUsage ? [] : ['stream_options']),
    ...(cap === undefined || to.provider.kind === 'workers-ai' ? [] : [otherCap]),
  ];
  const effort = isOwn || quirks.reasoning === 'effort' ? undefined : effortTold[quirks.reasoning];
  if (effort !== undefined) dropped.push('reasoning_effort');
  const added = [
    ...renamed.map(([name, other]) => `${other}?: Protocol.ChatAsked['${name}']`),
    ...(effort === undefined ? [] : [`reasoning_effort?: ${effort}`]),
  ];
  return `Protocol.ChatSent<${among(known)}, '${quirks.reasoning}', ${among(dropped)}, { ${added.join('; ')} }>`;
}

function among(names: readonly string[]): string {
  return names.length === 0 ? 'never' : names.map((name) => `'${name}'`).join(' | ');
}

/** The type that a body must have; undefined where the target can't be asked so at all. */
function sentType(asked: ProtocolName, to: Bindable, cap: number | undefined): string | undefined {
  const sent = targetProtocol(asked, to.provider, to.candidate.target);
  if (sent === 'chat') return chatType(to, asked === sent, cap);
  if (sent === undefined || sent === asked) return sent && askedTypes[sent];
  return sent === 'messages' ? 'Protocol.MessagesSent' : undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the target is sent, to be checked; undefined where it can't be had, and is refused before anything is sent. */
function sentOf(protocol: ProtocolName, body: Json, to: Bindable, cap: number | undefined): TypedValue | undefined {
  try {
    const encoded = encodeCall(protocols[protocol].read(encoder.encode(JSON.stringify(body))), to);
    const type = sentType(protocol, to, cap);
    if (encoded instanceof GatewayError || type === undefined) return undefined;
    return { type, value: JSON.parse(decoder.decode(prepareBody(encoded, to, cap))) };
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined;
    throw thrown;
  }
}

function targetOf(model: string, from = catalog): Bindable {
  const [to] = candidates(from, model);
  if (to === undefined) throw new Error(`nothing serves ${model}`);
  return to;
}

const caps = fc.option(fc.integer({ min: 16, max: 9000 }), { nil: undefined });
const bodiesARun = 40;
const runs = Number(process.env['TYPE_RUNS'] ?? 4);
const patient = 120_000;

describe.each<ProtocolName>(['chat', 'messages', 'responses', 'embeddings'])('a client of %s', (protocol) => {
  const isEmbeddings = protocol === 'embeddings';
  const asked = isEmbeddings ? ['openai/text-embedding-3-small', 'mistral/mistral-embed'] : models;

  test.each(asked)(
    'has nothing sent to %s that its protocol does not allow',
    (model) => {
      const to = targetOf(model);
      const bodies = fc.array(fc.tuple(objectsOf(values, askedTypes[protocol]), caps), {
        minLength: bodiesARun,
        maxLength: bodiesARun,
      });
      let askedCount = 0;
      let sentCount = 0;
      fc.assert(
        fc.property(bodies, (calls) => {
          const sent = calls.flatMap(
            ([body, cap]) => sentOf(protocol, { ...body, model }, to, isEmbeddings ? undefined : cap) ?? [],
          );
          askedCount += calls.length;
          sentCount += sent.length;
          expect(values.faults(sent)).toEqual([]);
        }),
        // To make a body smaller that has many fields takes longer than to read what is wrong with it.
        { numRuns: runs, endOnFailure: true },
      );
      expect(sentCount).toBeGreaterThan(askedCount / 10);
    },
    patient,
  );
});

/** Of what a server of chat completions can be, as an operator may describe one. */
const quirks = fc.record({
  outputCap: fc.constantFrom('max_tokens', 'max_completion_tokens'),
  streamUsage: fc.boolean(),
  developerRole: fc.boolean(),
  toolNames: fc.constantFrom('optional', 'needed', 'refused'),
  rename: fc.constantFrom({}, { seed: 'random_seed', user: 'end_user' }),
  drop: fc
    .subarray(['stop', 'metadata', 'logit_bias', ...foreignParts.map(([, part]) => part)])
    .map((names) => (names.includes('messages.cache_control') ? [...names, 'tools.cache_control'] : names)),
  extensions: fc.subarray(['cache_control', 'reasoning_details', 'reasoning_content', 'thought_signature', 'routing']),
  reasoning: fc.constantFrom('effort', 'object', 'switch', 'switch-and-effort', 'steps', 'none'),
});

describe.each<ProtocolName>(['chat', 'messages', 'responses'])('a client of %s', (protocol) => {
  test(
    'has nothing sent to a server with any quirks that those do not allow',
    () => {
      const bodies = fc.array(objectsOf(values, askedTypes[protocol]), {
        minLength: bodiesARun / 4,
        maxLength: bodiesARun / 4,
      });
      fc.assert(
        fc.property(quirks, caps, bodies, (written, cap, calls) => {
          const provider = { kind: 'openai', baseUrl: 'https://a.example', secret: 'A_KEY', quirks: written };
          const quirky = testCatalog({ providers: { quirky: provider }, models: {} });
          const to = targetOf('quirky/m', quirky);
          const sent = calls.flatMap((body) => sentOf(protocol, { ...body, model: 'quirky/m' }, to, cap) ?? []);
          expect(values.faults(sent)).toEqual([]);
        }),
        { numRuns: runs * 4, endOnFailure: true },
      );
    },
    patient,
  );
});

test('every provider of the bundled catalog is among those', () => {
  const providers = new Set(models.map((model) => targetOf(model).provider.name));
  expect([...catalog.providers.keys()].filter((name) => !providers.has(name))).toEqual(['echo']);
});
