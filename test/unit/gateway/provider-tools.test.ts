import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../src/catalog/schema.ts';
import { boundAttempts } from '../../../src/gateway/bound/bound.ts';
import { optionalTimesOver } from '../../../src/gateway/bound/bound-of-call.ts';
import { prepareBody } from '../../../src/gateway/bound/body-edits.ts';
import { searchesDefault } from '../../../src/gateway/bound/provider-tools.ts';
import { protocols } from '../../../src/protocols/protocols.ts';
import { searchesMax } from '../../../src/limits.ts';
import { limited, unlimited } from '../../support/bound.ts';
import { candidates, hello, testCatalog } from '../../support/chat.ts';
import {
  type Of,
  agent,
  attemptOf,
  catalog,
  claudeAgent,
  claudeOwn,
  claudeSearch,
  document,
  narrow,
  own,
  priceless,
  refusalOf,
  search,
  sent,
  sizes,
} from '../../support/searches.ts';

/** Tools that providers run, in calls of accounts whose spending is limited. */

const asCases = (cases: readonly Of[]) => cases.map((of) => ({ of }));

describe('a search that a provider can be held to', () => {
  test('is reserved for: each use, and the context once for each time that the model is asked again', () => {
    const of = (fields: object) => attemptOf('responses', 'keeps', fields).bound;
    const without = of({ tools: [own] });
    const { fixedTokens, fixedNanoUsd, tokensPerCapToken } = of({ ...agent, max_tool_calls: 3 });
    const prompt = of({ tools: [own, { ...own, name: search.type }] }).fixedTokens;
    expect(fixedTokens).toBeGreaterThan(3 * sizes.contextTokens);
    expect(fixedTokens).toBeLessThan(3 * sizes.contextTokens + prompt);
    expect(fixedNanoUsd).toBe(fixedTokens * 1000 + 3 * 10_000_000);
    expect(tokensPerCapToken).toBe(without.tokensPerCapToken);
  });

  test('is told a maximum that it keeps to, where the client has none', () => {
    expect(sent('responses', 'keeps', agent)).toMatchObject({ ...agent, max_tool_calls: searchesDefault });
    expect(sent('messages', 'claude', claudeAgent)['tools']).toEqual([
      claudeOwn,
      { ...claudeSearch, max_uses: searchesDefault },
    ]);
    expect(attemptOf('responses', 'keeps', agent).searches).toMatchObject({ uses: searchesDefault, isSet: true });
    expect(attemptOf('responses', 'keeps', agent).dropped).toEqual([]);
  });

  test('keeps the maximum of the client, to the byte of the rest', () => {
    const asked = { ...agent, max_tool_calls: 2 };
    expect(sent('responses', 'keeps', asked)).toMatchObject(asked);
    expect(attemptOf('responses', 'keeps', asked).searches).toMatchObject({ uses: 2, isSet: false });
    const tools = [claudeOwn, { ...claudeSearch, max_uses: 8, allowed_domains: ['weir.example'] }];
    expect(sent('messages', 'claude', { tools })['tools']).toEqual(tools);
    expect(attemptOf('messages', 'claude', { tools }).searches).toMatchObject({ uses: 8, isSet: false });
  });

  test(`may be used ${searchesMax} times at most, and any number of times where nothing is limited`, () => {
    const asked = (uses: number) => ({ ...agent, max_tool_calls: uses });
    expect(sent('responses', 'keeps', asked(searchesMax))['max_tool_calls']).toBe(searchesMax);
    expect(sent('responses', 'keeps', asked(searchesMax + 1))['max_tool_calls']).toBe(searchesMax);
    expect(sent('responses', 'keeps', asked(searchesMax + 1), unlimited)['max_tool_calls']).toBe(searchesMax + 1);
    expect(sent('responses', 'keeps', agent, unlimited)).not.toHaveProperty('max_tool_calls');
    expect(sent('messages', 'claude', claudeAgent, unlimited)['tools']).toEqual(claudeAgent.tools);
  });

  test('keeps the maximum of the catalog, which stands there once', () => {
    const added = testCatalog(document({ params: { max_tool_calls: 3 } }));
    const planned = attemptOf('responses', 'keeps', agent, limited, added);
    const text = new TextDecoder().decode(prepareBody(planned, planned.attempt, undefined));
    expect(text.match(/"max_tool_calls":\d+/g)).toEqual(['"max_tool_calls":3']);
    expect(planned.searches).toMatchObject({ uses: 3 });
    const fewer = attemptOf('responses', 'keeps', agent, { ...limited, searches: 1 }, added);
    const lowered = new TextDecoder().decode(prepareBody(fewer, fewer.attempt, undefined));
    expect(lowered.match(/"max_tool_calls":\d+/g)).toEqual(['"max_tool_calls":1']);
  });

  test('is held at as often as each of several tools may be used, and each is told its own', () => {
    const tools = [claudeSearch, { ...claudeSearch, name: 'other', max_uses: 50 }];
    const { bound, searches } = attemptOf('messages', 'claude', { tools });
    expect(sent('messages', 'claude', { tools })['tools']).toEqual([
      { ...claudeSearch, max_uses: searchesDefault },
      { ...claudeSearch, name: 'other', max_uses: 50 },
    ]);
    expect(bound.fixedNanoUsd).toBe(bound.fixedTokens * 1000 + (searchesDefault + 50) * 10_000_000);
    expect(searches).toMatchObject({ uses: 50, isSet: true });
  });

  test('is none of its type where another of them can not be bounded, and is demanded', () => {
    const novel = { ...claudeSearch, name: 'other', novel: true };
    const asked = { tools: [claudeSearch, novel], tool_choice: { type: 'tool', name: 'other' } };
    expect(refusalOf('messages', 'claude', asked)).toMatchObject({ code: 'unbounded_cost' });
  });

  test('is refused with a maximum that is none', () => {
    for (const max of [0, -1, 1.5]) {
      const invalid = { code: 'invalid_request', param: 'max_tool_calls' };
      expect(refusalOf('responses', 'keeps', { ...agent, max_tool_calls: max })).toEqual(invalid);
      const tools = [claudeOwn, { ...claudeSearch, max_uses: max }];
      expect(refusalOf('messages', 'claude', { tools })).toEqual({ ...invalid, param: 'tools[1].max_uses' });
    }
  });

  test('of Anthropic counts its cap on the output anew each time, ten times at most, whatever its uses', () => {
    const { bound } = attemptOf('messages', 'claude', { tools: [{ ...claudeSearch, max_uses: 1 }] });
    expect(bound.tokensPerCapToken).toBe(10);
    expect(bound.picoUsdPerCapToken).toBe(10 * 2_000_000);
    expect(bound.fixedTokens).toBeGreaterThan(9 * sizes.contextTokens);
    expect(bound.fixedNanoUsd).toBe(bound.fixedTokens * 1000 + 10_000_000);
    const both = [
      { ...claudeSearch, max_uses: 2 },
      { type: 'web_fetch_20260318', name: 'web_fetch', max_uses: 5 },
    ];
    const { bound: fetching, searches } = attemptOf('messages', 'claude', { tools: both });
    // To fetch a page costs nothing but what is put in.
    expect(fetching.fixedNanoUsd).toBe(fetching.fixedTokens * 1000 + 2 * 10_000_000);
    expect(searches).toMatchObject({ uses: 5, isSet: false });
  });

  test('holds less where the catalog says how much a search puts in', () => {
    const asked = { ...agent, max_tool_calls: 2, max_output_tokens: 500 };
    const of = (from: Catalog) => attemptOf('responses', 'keeps', asked, limited, from).bound.fixedTokens;
    expect(of(narrow)).toBeLessThan(20_000);
    expect(of(narrow)).toBeGreaterThan(2 * (2 * 2000 + 500));
    expect(of(catalog)).toBeGreaterThan(200_000);
  });
});

describe('a search that can be done without', () => {
  test('does not take the room of other calls, nor that of the answer', () => {
    const { bound } = attemptOf('responses', 'keeps', agent);
    expect(bound).toMatchObject({ timesOver: optionalTimesOver, capWanted: 1000, capLeast: 1000 });
    const forced = attemptOf('responses', 'keeps', { ...agent, tool_choice: { type: 'web_search' } }).bound;
    expect(forced).toMatchObject({ capWanted: 1000, capLeast: 16 });
    expect(forced.timesOver).toBeUndefined();
  });

  test('is left out where it was found not to fit, and told', () => {
    const none = { ...limited, searches: 0 };
    const { tools, ...rest } = sent('responses', 'keeps', agent, none);
    expect(tools).toEqual([own]);
    expect(rest).not.toHaveProperty('max_tool_calls');
    const { dropped, searches, bound } = attemptOf('responses', 'keeps', agent, none);
    expect([dropped, searches]).toEqual([['tools.web_search'], undefined]);
    expect(bound).toEqual(attemptOf('responses', 'keeps', { ...agent, tools: [own] }).bound);
    expect(sent('messages', 'claude', claudeAgent, none)['tools']).toEqual([claudeOwn]);
  });

  test.each(
    asCases([
      ['responses', 'ignores', agent],
      ['responses', 'keeps', agent, limited, priceless],
      ['messages', 'claude', claudeAgent, limited, priceless],
      ['responses', 'keeps', { ...agent, tools: [own, { ...search, novel: true }] }],
      ['responses', 'keeps', { tools: [own, { type: 'image_generation' }] }],
      ['responses', 'keeps', { tools: [own, { type: 'code_interpreter', container: { type: 'auto' } }] }],
      ['messages', 'claude', { tools: [claudeOwn, { type: 'code_execution_20260521', name: 'code_execution' }] }],
    ]),
  )('is left out where nobody can say what it comes to: $of.0 of $of.1, $of.2', ({ of }) => {
    const { dropped, bound } = attemptOf(...of);
    expect(dropped).toHaveLength(1);
    expect(bound.timesOver).toBeUndefined();
    expect(sent(...of)['tools']).toHaveLength(1);
    // Where nothing is limited, it is the provider's to say.
    expect(attemptOf(of[0], of[1], of[2], unlimited, of[4]).dropped).toEqual([]);
  });

  test('takes its choice along', () => {
    const none = { ...limited, searches: 0 };
    const alone = sent('responses', 'keeps', { tools: [search], tool_choice: 'auto', parallel_tool_calls: true }, none);
    for (const name of ['tools', 'tool_choice', 'parallel_tool_calls']) expect(alone).not.toHaveProperty(name);
    const allowed = (mode: string, ...tools: object[]) => ({
      ...agent,
      tool_choice: { type: 'allowed_tools', mode, tools },
    });
    const named = { type: 'function', name: 'shell' };
    expect(sent('responses', 'keeps', allowed('required', named, search), none)['tool_choice']).toEqual({
      type: 'allowed_tools',
      mode: 'required',
      tools: [named],
    });
    expect(sent('responses', 'keeps', allowed('auto', search), none)['tool_choice']).toBe('none');
    expect(
      sent('chat', 'keeps', { tools: [{ type: 'web_search', web_search: {} }], tool_choice: 'auto' }),
    ).not.toHaveProperty('tools');
  });

  test('is not taken along to another model, which may have no room for it', () => {
    const tools = [{ ...claudeSearch, max_uses: 2 }];
    const { models, ...rest } = document();
    const of = testCatalog({ ...rest, models: { ...models, other: models['claude'] } });
    const call = protocols.messages.read(
      new TextEncoder().encode(JSON.stringify({ max_tokens: 5, messages: hello, tools })),
    );
    const plan = ['claude', 'other'].flatMap((name) => candidates(of, name));
    const bounding = boundAttempts(call, plan, limited);
    if (bounding.kind === 'refused') throw bounding.error;
    expect(bounding.attempts.map(({ dropped }) => dropped)).toEqual([[], ['tools.web_search_20250305']]);
  });
});

describe('a search that is demanded', () => {
  test.each(
    asCases([
      ['responses', 'keeps', { tools: [search], tool_choice: 'required' }],
      ['responses', 'keeps', { ...agent, tool_choice: { type: 'web_search_preview' } }],
      [
        'responses',
        'keeps',
        { ...agent, tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'web_search' }] } },
      ],
      ['messages', 'claude', { ...claudeAgent, tool_choice: { type: 'tool', name: 'web_search' } }],
      ['messages', 'claude', { tools: [claudeSearch], tool_choice: { type: 'any' } }],
      [
        'messages',
        'claude',
        {
          ...claudeAgent,
          messages: [
            ...hello,
            {
              role: 'assistant',
              content: [{ type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } }],
            },
          ],
        },
      ],
    ]),
  )('is kept, once at least: $of.0 of $of.1, $of.2', ({ of: [protocol, model, fields] }) => {
    const { searches, dropped } = attemptOf(protocol, model, fields, { ...limited, searches: 0 });
    expect(dropped).toEqual([]);
    expect(searches).toMatchObject({ uses: 1, usesLeast: 1, isSet: true });
  });

  test.each(
    asCases([
      ['responses', 'ignores', { tools: [search], tool_choice: 'required' }],
      ['messages', 'claude', { ...claudeAgent, tool_choice: { type: 'tool', name: 'web_search' } }, limited, priceless],
      ['responses', 'keeps', { tools: [{ type: 'code_interpreter' }], tool_choice: 'required' }],
      ['chat', 'keeps', { tools: [{ type: 'web_search' }], tool_choice: 'required' }],
    ]),
  )('is refused where nobody can say what it comes to: $of.0 of $of.1, $of.2', ({ of }) => {
    expect(refusalOf(...of)).toMatchObject({
      code: 'unbounded_cost',
      param: expect.stringMatching(/^tools\[\d\]\.type$/),
    });
  });
});
