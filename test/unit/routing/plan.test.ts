import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../src/catalog/schema.ts';
import type { GatewayError } from '../../../src/http/errors.ts';
import type { PlanCaller, PlanRequest, PlannedCall } from '../../../src/core/routing/plan.ts';
import { catalog, document, testCatalog } from '../../support/chat.ts';
import * as support from '../../support/plan.ts';
import { nowMs } from '../../support/plan.ts';

const caller = support.anyone;

type Trouble = support.Trouble & { readonly of?: Catalog };
type Parameters = [request: Partial<PlanRequest>, trouble?: Trouble, by?: PlanCaller];

function planned(...[request, trouble, by]: Parameters): PlannedCall {
  return support.planned(trouble?.of ?? catalog, request, trouble, by);
}

function targets(...parameters: Parameters): string[] {
  return planned(...parameters).attempts.map(support.targetText);
}

function refusal(...[request, trouble, by]: Parameters): GatewayError {
  return support.refusal(trouble?.of ?? catalog, request, trouble, by);
}

describe('the targets of a call', () => {
  test('are those of its model, in order', () => {
    expect(targets({ model: 'plain' })).toEqual(['plain one default']);
    expect(targets({ model: 'p' })).toEqual(['plain one default']);
    expect(targets({ model: 'both' })).toEqual(['both one default', 'both two east', 'both two west']);
    expect(targets({ model: 'echo' })).toEqual(['echo echo echo']);
  });

  test('are those of the models of a route, in order, and the plan says which route', () => {
    expect(targets({ model: 'safe' })).toEqual([
      'plain one default',
      'both one default',
      'both two east',
      'both two west',
    ]);
    expect(planned({ model: 'safe' })).toMatchObject({ requestedModel: 'safe', route: { name: 'safe' } });
    expect(planned({ model: 'plain' }).route).toBeUndefined();
  });

  test('are one target where that is pinned', () => {
    expect(targets({ model: 'two/vendor/both' })).toEqual(['both two east', 'both two west']);
    expect(targets({ model: 'one/unlisted' })).toEqual(['one/unlisted one default']);
  });

  test("are those of the account's default model where none was named, and only then", () => {
    const withDefault = { ...caller, policy: { defaultModel: 'echo' } };
    expect(planned({}, {}, withDefault).requestedModel).toBe('echo');
    expect(targets({ model: 'plain' }, {}, withDefault)).toEqual(['plain one default']);
    expect(refusal({})).toMatchObject({ code: 'invalid_request', options: { param: 'model' } });
    expect(refusal({ model: 'nowhere' }, {}, withDefault)).toMatchObject({ code: 'model_not_found' });
  });

  test('are of one provider where that is forced', () => {
    expect(targets({ model: 'safe', forcedProvider: 'two' })).toEqual(['both two east', 'both two west']);
    expect(refusal({ model: 'plain', forcedProvider: 'two' })).toMatchObject({
      code: 'invalid_request',
      options: { param: 'x-gateway-provider' },
    });
    const unknown = refusal({ model: 'plain', forcedProvider: 'three' });
    expect(unknown.code).toBe('invalid_request');
    expect(unknown.message).toContain('one, two, echo');
  });

  test('are only the first where the client, or else the account, wants no fallback', () => {
    expect(targets({ model: 'safe', fallback: 'fail' })).toEqual(['plain one default']);
    const proud: PlanCaller = { ...caller, policy: { fallback: 'fail' } };
    expect(targets({ model: 'safe' }, {}, proud)).toEqual(['plain one default']);
    expect(targets({ model: 'safe', fallback: 'next' }, {}, proud).length).toBe(4);
    // What can't be used at all is not first, but what is merely in trouble is.
    expect(targets({ model: 'both', fallback: 'fail' }, { off: ['one'] })).toEqual(['both two east', 'both two west']);
    expect(refusal({ model: 'both', fallback: 'fail' }, { open: { 'one/default': nowMs + 1 } })).toMatchObject({
      code: 'provider_unavailable',
    });
  });

  test('are those of the provider to which everything goes in an emergency', () => {
    const of = testCatalog({ ...document, emergency: 'two' });
    expect(targets({ model: 'safe' }, { of })).toEqual(['both two east', 'both two west']);
    expect(targets({ model: 'one/both' }, { of })).toEqual(['both two east', 'both two west']);
    const refused = refusal({ model: 'plain' }, { of });
    expect(refused.code).toBe('provider_unavailable');
    expect(refused.message).toContain('Everything goes to two');
  });
});

describe('endpoints', () => {
  test('are split by weight', () => {
    const first = (seed: number): string | undefined => targets({ model: 'small' }, { seed })[0];
    expect(first(0)).toBe('small two east');
    expect(first(0.74)).toBe('small two east');
    expect(first(0.76)).toBe('small two west');
  });

  test('are left out where they are off, in trouble, or without a credential', () => {
    expect(targets({ model: 'small' }, { off: ['east'] })).toEqual(['small two west']);
    expect(targets({ model: 'small' }, { open: { 'two/east': nowMs + 1 } })).toEqual(['small two west']);
    const { attempts, skips } = planned({ model: 'small' }, { out: { EAST_KEY: 'rate-limited' } });
    expect(attempts.map(({ endpointName, credentialName }) => [endpointName, credentialName])).toEqual([
      ['west', 'WEST_KEY'],
    ]);
    expect(skips).toEqual([
      {
        modelName: 'small',
        provider: 'two',
        endpointName: 'east',
        reason: { kind: 'credential-out', untilMs: nowMs + 5000, why: 'rate-limited' },
      },
    ]);
  });

  test('are tried where their breaker is half open: somebody must', () => {
    expect(targets({ model: 'small' }, { half: ['two/east'] })).toEqual(['small two east', 'small two west']);
  });
});

describe('what an account may use', () => {
  const by = (policy: PlanCaller['policy']): PlanCaller => ({ policy, test: false });

  test('is matched against the model that would serve, whatever name was asked for', () => {
    const noPlain = by({ models: { deny: ['pl*'] } });
    for (const model of ['plain', 'p', 'one/plain-1']) {
      expect(refusal({ model }, {}, noPlain)).toMatchObject({ code: 'model_not_allowed', options: { param: 'model' } });
    }
    expect(targets({ model: 'safe' }, {}, noPlain)[0]).toBe('both one default');
    expect(refusal({ model: 'one/unlisted' }, {}, by({ models: { deny: ['one/*'] } })).code).toBe('model_not_allowed');
  });

  test('is matched against a model by each of its names', () => {
    for (const model of ['plain', 'p', 'one/plain-1']) {
      expect(refusal({ model }, {}, by({ models: { deny: ['p'] } })).code).toBe('model_not_allowed');
      expect(targets({ model }, {}, by({ models: { allow: ['p'] } }))).toEqual(['plain one default']);
    }
    expect(refusal({ model: 'both' }, {}, by({ models: { allow: ['p'] } })).code).toBe('model_not_allowed');
  });

  test('is not got round by what stands before or after the name of a model that nobody lists', () => {
    const noSonnet = by({ models: { deny: ['sonnet-5'] } });
    for (const model of ['one/sonnet-5', 'one/maker/sonnet-5', 'one/sonnet-5-20260801', 'one/maker/sonnet-5:free']) {
      expect(refusal({ model }, {}, noSonnet).code).toBe('model_not_allowed');
    }
    expect(targets({ model: 'one/opus-5' }, {}, noSonnet)).toEqual(['one/opus-5 one default']);
    expect(refusal({ model: 'one/sonnet-5-0' }, {}, by({ models: { allow: ['sonnet-5'] } })).code).toBe(
      'model_not_allowed',
    );
  });

  test('is what is allowed, and not denied as well', () => {
    expect(targets({ model: 'plain' }, {}, by({ models: { allow: ['plain'] } }))).toEqual(['plain one default']);
    expect(refusal({ model: 'both' }, {}, by({ models: { allow: ['plain'] } })).code).toBe('model_not_allowed');
    expect(refusal({ model: 'plain' }, {}, by({ models: { allow: ['*'], deny: ['plain'] } })).code).toBe(
      'model_not_allowed',
    );
  });

  test('is limited by provider too', () => {
    expect(targets({ model: 'both' }, {}, by({ providers: { deny: ['one'] } }))).toEqual([
      'both two east',
      'both two west',
    ]);
    const refused = refusal({ model: 'plain' }, {}, by({ providers: { allow: ['t*'] } }));
    expect(refused.code).toBe('model_not_allowed');
    expect(refused.message).toContain('providers of');
  });

  test('is echo alone with a test key', () => {
    const tester: PlanCaller = { policy: {}, test: true };
    expect(targets({ model: 'echo' }, {}, tester)).toEqual(['echo echo echo']);
    const refused = refusal({ model: 'plain' }, {}, tester);
    expect(refused.code).toBe('model_not_allowed');
    expect(refused.message).toContain('echo');
  });
});

describe('where nothing can be tried', () => {
  test('a model that is not there is named, with those that were meant', () => {
    const refused = refusal({ model: 'plian' });
    expect(refused).toMatchObject({ code: 'model_not_found', options: { param: 'model' } });
    expect(refused.message).toContain("Did you mean 'plain'");
    expect(refusal({ model: 'zzzzzz' }).message).not.toContain('Did you mean');
    // What may not be used is not given away.
    expect(
      refusal({ model: 'plian' }, {}, { policy: { models: { deny: ['plain'] } }, test: false }).message,
    ).not.toContain("'plain'");
  });

  test('what is missing for a provider is named', () => {
    const refused = refusal({ model: 'plain' }, { off: ['one'] });
    expect(refused).toMatchObject({ code: 'provider_unavailable', options: { shouldRetry: false } });
    expect(refused.message).toBe("No provider of 'plain' is set up: one wants a secret.");
  });

  test('a provider that can not be asked for the endpoint is no provider of it', () => {
    expect(refusal({ model: 'claude', endpoint: 'embeddings' })).toMatchObject({
      code: 'invalid_request',
      options: { param: 'model' },
    });
  });

  test('the client is told when the first of the breakers may let it through', () => {
    const open = { 'one/default': nowMs + 9000, 'two/east': nowMs + 3000, 'two/west': nowMs + 4000 };
    const refused = refusal({ model: 'both' }, { open });
    expect(refused).toMatchObject({ code: 'provider_unavailable', options: { retryAfterMs: 3000, shouldRetry: true } });
    expect(refused.message).toContain('one, two');
  });

  test('rate limits everywhere are a rate limit, and bad credentials are a fault of ours', () => {
    expect(refusal({ model: 'plain' }, { out: { ONE_KEY: 'rate-limited' } })).toMatchObject({
      code: 'provider_rate_limited',
      options: { retryAfterMs: 5000, shouldRetry: true },
    });
    const bad = refusal({ model: 'plain' }, { out: { ONE_KEY: 'unauthorized' } });
    expect(bad).toMatchObject({ code: 'provider_error', options: { shouldRetry: false } });
    expect(bad.message).toBe("The gateway's credentials for one are refused. Its operator must see to it.");
    expect(
      refusal(
        { model: 'both' },
        { out: { ONE_KEY: 'unauthorized' }, open: { 'two/east': nowMs + 1, 'two/west': nowMs + 1 } },
      ).code,
    ).toBe('provider_unavailable');
  });
});
