import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { mergePatch } from '../../src/actors/directory/merge-patch.ts';
import { chatBodyOfMessages } from '../../src/protocols/translate/messages-to-chat/request.ts';
import { closedSchema } from '../../src/protocols/translate/chat-to-messages/schema.ts';
import { messagesBodyOf } from '../../src/protocols/translate/chat-to-messages/request.ts';
import { parseStoredCatalog } from '../../src/catalog/parse-catalog.ts';
import { readCallOptions } from '../../src/gateway/request/call-options.ts';
import { prepareBody } from '../../src/gateway/bound/body-edits.ts';
import { protocols } from '../../src/protocols/protocols.ts';
import { ProviderSiteSchema } from '../../src/core/breaker/provider-site.ts';
import { issuesOf } from '../../src/http/issue.ts';
import { toolNames } from '../../src/protocols/responses/tools.ts';
import { newKeySchema, parseInput, userChangeSchema } from '../../src/admin/admin-input.ts';
import { policyPatchSchema, policySchema } from '../../src/core/account/policy.ts';
import { boundRefusal } from '../support/bound.ts';
import { catalogDocument, catalogIssues, parsedCatalog } from '../support/catalog.ts';
import { candidates, catalog, chatCall, hello } from '../support/chat.ts';
import { responsesRequest } from '../support/responses.ts';
import { encodeCall } from '../../src/gateway/bound/encode-call.ts';
import { GatewayError } from '../../src/http/errors.ts';

// Names that every object of JavaScript's has of itself. Who chooses one is to have it, or to be told that he can't:
// nothing that was written may vanish without a word.

const ownNames = ['constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];

/** An object with one member, as JSON has it: written by its name in a program, `__proto__` would be something else. */
function only(name: string, value: unknown): Record<string, never> {
  return JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as Record<string, never>;
}

/** What becomes of a value under such a name: where it is then, or the path by which it was refused. */
type Fate = { readonly kept: ReadonlyMap<string, unknown> | object } | { readonly refused: string };

function catalogWith(place: readonly string[], name: string, value: unknown): unknown {
  const patch = place.reduceRight<object>((inner, each) => ({ [each]: inner }), only(name, value));
  return mergePatch(catalogDocument(), patch);
}

function catalogFate(
  place: readonly string[],
  value: unknown,
  kept: (catalog: ReturnType<typeof parsedCatalog>) => ReadonlyMap<string, unknown> | object,
): (name: string) => Fate {
  return (name) => {
    const document = catalogWith(place, name, value);
    const [issue] = catalogIssues(document);
    return issue === undefined ? { kept: kept(parsedCatalog(document)) } : { refused: issue.path };
  };
}

function schemaFate(schema: v.GenericSchema, place: string): (name: string) => Fate {
  return (name) => {
    const parsed = v.safeParse(schema, { [place]: only(name, 'x') });
    if (!parsed.success) return { refused: issuesOf(parsed.issues)[0]?.path ?? '' };
    return { kept: (parsed.output as Record<string, object>)[place] ?? {} };
  };
}

const model = { targets: [{ provider: 'openai', model: 'm' }], contextTokens: 10, maxOutputTokens: 5 };
const openAi = (each: ReturnType<typeof parsedCatalog>) => {
  const provider = each.providers.get('openai');
  if (provider?.kind !== 'openai') throw new Error('it is gone');
  return provider;
};

const surfaces: readonly (readonly [what: string, fate: (name: string) => Fate])[] = [
  ['a provider', catalogFate(['providers'], { kind: 'echo' }, ({ providers }) => providers)],
  ['a model', catalogFate(['models'], model, ({ models }) => models)],
  ['a route', catalogFate(['routes'], { strategy: 'fallback', models: ['small'] }, ({ routes }) => routes)],
  ['a plan', catalogFate(['plans'], { limits: [] }, ({ plans }) => plans)],
  ['a header of a provider', catalogFate(['providers', 'openai', 'headers'], 'x', (each) => openAi(each).headers)],
  [
    'a field that a server knows by another name',
    catalogFate(['providers', 'openai', 'quirks', 'rename'], 'other', (each) => openAi(each).quirks.rename),
  ],
  [
    'a field that the catalog adds',
    catalogFate(['models', 'small', 'params'], 1, ({ models }) => models.get('small')?.params ?? {}),
  ],
  [
    'a service tier',
    catalogFate(
      ['models', 'small', 'price', 'serviceTiers'],
      { input: '3' },
      ({ models }) => models.get('small')?.price?.[0].price.serviceTiers ?? new Map(),
    ),
  ],
  ['a pair of metadata of a key or a user', schemaFate(policySchema, 'metadata')],
  ['a pair of metadata in a change', schemaFate(policyPatchSchema, 'metadata')],
  ['a pair of metadata of a new key', schemaFate(newKeySchema, 'metadata')],
  [
    'a pair of metadata in a header',
    (name) => {
      const headers = new Headers({ 'x-gateway-metadata': JSON.stringify(only(name, 'x')) });
      try {
        return { kept: readCallOptions(headers, { endUser: undefined, request: {} }).metadata ?? {} };
      } catch (error) {
        return { refused: String(error) };
      }
    },
  ],
  [
    "a pair of metadata in Cloudflare's header",
    (name) => {
      const headers = new Headers({ 'cf-aig-metadata': JSON.stringify(only(name, 'x')) });
      try {
        return { kept: readCallOptions(headers, { endUser: undefined, request: {} }).metadata ?? {} };
      } catch (error) {
        return { refused: String(error) };
      }
    },
  ],
  [
    'a header that a check sends',
    (name) => {
      const endpoints = [{ name: 'e', baseUrl: 'https://e.example' }];
      const site = { catalogVersion: 1, kind: 'openai', endpoints, models: [], headers: only(name, 'x') };
      const parsed = v.safeParse(ProviderSiteSchema, site);
      return parsed.success ? { kept: parsed.output.headers } : { refused: issuesOf(parsed.issues)[0]?.path ?? '' };
    },
  ],
  [
    'a property of a schema that a model is held to',
    (name) => {
      const schema = { type: 'object', properties: only(name, { type: 'string' }) };
      return { kept: closedSchema(schema)?.['properties'] ?? {} };
    },
  ],
  ['a word of a schema that nobody knows', (name) => ({ kept: closedSchema(only(name, 'x')) ?? {} })],
];

describe.each(surfaces)('the name of %s', (_, fateOf) => {
  test.each(ownNames)('%s is kept, or refused with its path', (name) => {
    const fate = fateOf(name);
    if ('refused' in fate) return expect(fate.refused).toContain(name);
    const names = fate.kept instanceof Map ? [...fate.kept.keys()] : Object.keys(fate.kept);
    expect(names).toContain(name);
  });
});

test('every one of them but __proto__ can be a model, a route, a plan, and a pair of metadata', () => {
  for (const [what, fateOf] of surfaces) {
    if (!/^a (model|route|plan|pair)/.test(what)) continue;
    for (const name of ownNames)
      expect(Object.keys(fateOf(name)), what).toEqual([name === '__proto__' ? 'refused' : 'kept']);
  }
});

describe('a field that nobody knows', () => {
  test.each(['providers', 'models', 'routes', 'plans'])(
    'of the catalog is refused by its path, also in %s',
    (place) => {
      for (const name of ownNames) {
        const entry = { providers: 'echo', models: 'small', routes: 'safe', plans: 'free' }[place] ?? '';
        expect(catalogIssues(catalogWith([place, entry], name, 1))[0]?.path).toBe(`${place}.${entry}.${name}`);
        expect(catalogIssues(catalogWith([], name, 1))[0]?.path).toBe(name);
      }
    },
  );

  test.each(ownNames)('%s of a key, of a user or of a policy is refused by its path', (name) => {
    expect(() => parseInput(newKeySchema, only(name, 1))).toThrow(name);
    expect(() => parseInput(userChangeSchema, only(name, 1))).toThrow(name);
    expect(() => parseInput(userChangeSchema, { policy: only(name, 1) })).toThrow(`policy.${name}`);
  });

  test.each(ownNames)('%s of a body is sent as it was written, and refused where spending is limited', (name) => {
    const text = `{"model":"plain-1","messages":${JSON.stringify(hello)},${JSON.stringify(name)}:{"n":128}}`;
    const [attempt] = candidates(catalog, 'plain');
    if (attempt === undefined) throw new Error('nothing serves it');
    const encoded = encodeCall(chatCall(text), attempt);
    if (encoded instanceof GatewayError) throw encoded;
    expect(new TextDecoder().decode(prepareBody(encoded, attempt, undefined))).toBe(text);
    expect(chatCall(text).request['n']).toBeUndefined();
    const body = JSON.parse(text) as object;
    expect(boundRefusal(body)).toMatchObject({ code: 'unbounded_cost', options: { param: name } });
  });
});

describe('a tool', () => {
  test.each(ownNames)('called %s is called that in every protocol', (name) => {
    const encoder = new TextEncoder();
    const messages = [{ role: 'user', content: 'Hi' }];
    const schema = { type: 'object', properties: only(name, { type: 'string' }) };
    const asked = { model: 'm', max_tokens: 9, messages, tools: [{ name, input_schema: schema }] };
    const read = protocols.messages.read(encoder.encode(JSON.stringify(asked)));
    expect(chatBodyOfMessages(read.request)).toMatchObject({
      tools: [{ function: { name, parameters: { properties: { [name]: { type: 'string' } } } } }],
    });
    const tools = [{ type: 'function', name, parameters: schema }];
    expect(toolNames(responsesRequest({ model: 'm', input: 'Hi', tools })).toolOf(name)).toEqual({
      kind: 'function',
      name,
    });
  });
});

test.each(ownNames)('the service tier %s is none of Anthropic’s', (tier) => {
  const { request } = chatCall({ model: 'm', messages: hello, service_tier: tier });
  const claude = { name: 'm', thinking: undefined, maxOutputTokens: 100, defaultOutputTokens: 10 };
  expect(messagesBodyOf(request, claude)).not.toHaveProperty('service_tier');
});

describe('a catalog that was stored when such names were left out', () => {
  test.each(['__proto__', 'prototype', 'constructor'])('serves as it did, whatever stands under %s', (name) => {
    const stored = catalogWith(['models'], name, { nonsense: true });
    expect(catalogIssues(stored)).not.toEqual([]);
    expect(parseStoredCatalog(stored, { allowPrivateUpstreams: false })).toEqual({
      kind: 'catalog',
      catalog: parsedCatalog(catalogDocument()),
    });
  });

  test('has its own mistakes all the same', () => {
    const stored = catalogWith(['models'], 'small', { nonsense: true });
    const options = { allowPrivateUpstreams: false };
    expect(parseStoredCatalog(stored, options)).toEqual({ kind: 'invalid', issues: catalogIssues(stored) });
  });
});
