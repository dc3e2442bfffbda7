import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { quirksOf } from '../../../src/gateway/bound/body-edits.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { promptOf, protocols } from '../../../src/protocols/protocols.ts';
import { sendCall } from '../../../src/providers/send.ts';
import { scanObject } from '../../../src/protocols/json/json-scan.ts';
import { readObject } from '../../../src/protocols/json/read-object.ts';
import type { ProtocolName } from '../../../src/protocols/protocol-call.ts';
import { unlimited } from '../../support/bound.ts';
import { candidates, testCatalog } from '../../support/chat.ts';
import { chatTalk, large, largeText, messagesTalk, responsesTalk } from './random-talks.ts';
import { type Json, request, text } from './random-bodies.ts';

// What is sent is what was bounded, whichever quirks a server has, whatever the catalog adds, and whichever protocols
// the client and the provider speak: of what reaches the provider, the bytes of all that it may put in are counted as
// they are sent, and the bound is never below them, not even where the provider's own words are left out of it.

afterEach(() => {
  vi.unstubAllGlobals();
});

const asked = fc.oneof(request, chatTalk, messagesTalk, responsesTalk);

const field = fc.constantFrom('seed', 'user', 'stop', 'metadata', 'response_format', 'reasoning_effort', 'top_k');
const otherName = fc.constantFrom(
  'random_seed',
  'format',
  'prompt_cache_key',
  'response_format',
  'tool_choice',
  'web_search',
);
const quirks = fc.record({
  outputCap: fc.constantFrom('max_tokens', 'max_completion_tokens'),
  streamUsage: fc.boolean(),
  developerRole: fc.boolean(),
  toolNames: fc.constantFrom('optional', 'needed', 'needed', 'refused'),
  // No two fields have one name: a catalog that says so is refused.
  rename: fc
    .dictionary(field, otherName, { maxKeys: 2 })
    .filter((names) => new Set(Object.values(names)).size === Object.keys(names).length),
  drop: fc.uniqueArray(field, { maxLength: 2 }),
  extensions: fc.subarray(['cache_control', 'reasoning_details', 'reasoning_content', 'thought_signature']),
  reasoning: fc.constantFrom('effort', 'object', 'switch', 'switch-and-effort', 'steps', 'none'),
});

/** What an operator may have the gateway add. What the protocol has not, its bound refuses for who is limited. */
const params = fc.record(
  {
    system: text,
    instructions: text,
    tools: fc.constantFrom(
      [{ type: 'function', function: { name: 'added', parameters: { enum: [large] } } }],
      [{ name: 'added', input_schema: { type: 'object', maximum: large } }],
    ),
    response_format: text.map((description) => ({ type: 'json_schema', json_schema: { name: 'x', description } })),
    tool_choice: fc.constant('auto'),
    temperature: fc.constant(1),
    n: fc.constant(2),
    service_tier: fc.constant('flex'),
    max_tokens: fc.constant(77),
    cache_control: fc.constant({ type: 'ephemeral', ttl: '1h' }),
  },
  { requiredKeys: [] },
);
const few = fc.tuple(params, fc.nat({ max: 6 })).map(([all, kept]) => {
  return Object.fromEntries(Object.entries(all).slice(0, Math.max(0, kept - 3)));
});
const kind = fc.constantFrom('chat', 'responses', 'anthropic', 'workers-ai', 'workers-ai binding', 'gateway');

const common = { baseUrl: 'https://a.example', secret: 'A_KEY' };

function providerOf(which: string, written: Json): Json {
  switch (which) {
    case 'chat':
      return { kind: 'openai', ...common, quirks: written };
    case 'responses':
      return { kind: 'openai', ...common, quirks: written, protocols: ['chat', 'responses', 'embeddings'] };
    case 'anthropic':
      return { kind: 'anthropic', ...common };
    case 'gateway':
      return { kind: 'cloudflare-ai-gateway', quirks: written };
    default:
      return { kind: 'workers-ai' };
  }
}

const imageTokens = 5000;
const encoder = new TextEncoder();

/** The bytes of all in a body that may become part of the prompt, as JSON. */
function visibleBytes(sent: string, protocol: ProtocolName, rename: Readonly<Record<string, string>>): number {
  const scan = scanObject(sent);
  if (scan.kind !== 'object') throw new Error(`what was sent is ${scan.kind}`);
  const effects = protocols[protocol].parameters;
  const visible = scan.object.members.filter((member) => {
    const ownName = Object.keys(rename).find((each) => rename[each] === member.name) ?? member.name;
    const effect = effects.get(member.name) ?? (protocol === 'chat' ? effects.get(ownName) : undefined);
    return effect === 'prompt' || effect === 'rendered';
  });
  return visible.reduce((sum, { valueStart, valueEnd }) => {
    return sum + encoder.encode(sent.slice(valueStart, valueEnd)).length;
  }, 0);
}

/** What reaches a provider, and, by the binding, what is handed over; undefined where nothing is. */
async function reached(call: Parameters<typeof sendCall>[0]): Promise<string | undefined> {
  let body: Uint8Array | undefined;
  vi.stubGlobal('fetch', async (_: string, init: { body: Uint8Array }) => {
    body = init.body;
    return new Response('{}', { status: 418 });
  });
  let inputs: object | undefined;
  const ai = {
    run: async (_: string, given: object) => {
      // It calls the texts to embed by another name, and takes one in a list too.
      const [only, ...others] = 'text' in given ? [given.text].flat() : [];
      inputs = only === undefined ? given : { input: others.length === 0 ? only : [only, ...others] };
      return new Response('{}', { status: 418 });
    },
  };
  await sendCall({ ...call, ai: call.ai === undefined ? undefined : ai });
  if (body !== undefined) return new TextDecoder().decode(body);
  return inputs === undefined ? undefined : JSON.stringify(inputs);
}

test('nothing reaches a provider that was not in the bound', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(asked, quirks, few, kind, fc.integer({ min: 16, max: 400 }), async (...how) => {
      const [[protocol, body], quirk, added, which, cap] = how;
      const catalog = testCatalog({
        providers: { one: providerOf(which, quirk) },
        models: {
          served: {
            contextTokens: 100_000_000,
            maxOutputTokens: 2000,
            input: ['text', 'image', 'audio', 'file'],
            imageTokens,
            price: { input: '1', output: '2' },
            endpoints: ['chat', 'messages', 'responses', 'embeddings'],
            targets: [{ provider: 'one', model: 'served-1' }],
            params: added,
            reasoning: true,
          },
        },
      });
      const written = JSON.stringify({ model: 'served', ...body }).replaceAll(largeText, '1e20');
      const call = protocols[protocol].read(encoder.encode(written));
      const bounding = boundAttempts(call, candidates(catalog, 'served'), { ...unlimited, maxTokens: cap });
      // What has no words at this provider, and what was added though its protocol has no such field.
      if (bounding.kind === 'refused') return;
      const [planned] = bounding.attempts;
      const { provider } = planned.attempt;
      const endpoint = 'endpoints' in provider ? provider.endpoints[0] : undefined;
      const sent = await reached({
        provider,
        endpoint,
        protocol: planned.call.protocol,
        targetModel: 'served-1',
        contextTokens: undefined,
        clientRequest: { protocol: call.protocol, query: '', headers: new Headers() },
        body: prepareBody(planned, planned.attempt, cap),
        stream: call.stream,
        credential: undefined,
        signal: new AbortController().signal,
        variable: () => undefined,
        ai: which === 'workers-ai binding' ? { run: async () => undefined } : undefined,
        about: { requestId: 'r', userId: undefined, organizationId: undefined, endUser: undefined, price: undefined },
      });
      if (sent === undefined) return;
      const sentWire = planned.call.protocol;
      const rename = quirksOf(provider)?.rename ?? {};
      const measured = promptOf(planned.call);
      expect(visibleBytes(sent, sentWire, rename)).toBeLessThanOrEqual(planned.bound.fixedTokens - 96);
      if (which !== 'workers-ai binding') {
        // Whoever reads it for the first time would find no more in it than was found.
        const again = protocols[sentWire].callIn(readObject(encoder.encode(sent)));
        expect(promptOf(again).textBytes).toBeLessThanOrEqual(measured.textBytes);
        expect(promptOf(again).media).toEqual(measured.media);
        for (const priced of ['n', 'service_tier', 'modalities', 'cache_control', 'speed']) {
          expect(Reflect.get(again.request, priced)).toEqual(Reflect.get(planned.call.request, priced));
        }
      }
      const way = `${protocol} by ${which}`;
      seen.set(way, (seen.get(way) ?? 0) + 1);
    }),
    { numRuns: 2000 },
  );
  // What is always refused would prove nothing.
  const ways = ['chat', 'messages', 'responses'].flatMap((from) =>
    ['chat', 'responses', 'anthropic', 'workers-ai', 'workers-ai binding', 'gateway'].map((to) => `${from} by ${to}`),
  );
  expect(ways.filter((way) => (seen.get(way) ?? 0) < 10)).toEqual([]);
  expect(seen.get('embeddings by responses')).toBeGreaterThan(10);
}, 120_000);
