import { describe, expect, it } from 'vitest';
import { noQuirks } from '../../../src/catalog/quirks.ts';
import { defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import { catalogDocument, catalogIssues, parsedCatalog } from '../../support/catalog.ts';
import { onlyPrice } from '../../support/price.ts';

type Document = ReturnType<typeof catalogDocument>;

/** The issues of a good document after `spoil` has been at it. */
function issuesAfter(spoil: (document: Document) => void, allowPrivate = false) {
  const document = catalogDocument();
  spoil(document);
  return catalogIssues(document, allowPrivate);
}

const many = <Item>(count: number, make: (at: number) => Item) => Array.from({ length: count }, (_, at) => make(at));

describe('a catalog document', () => {
  it('is filled in with every default', () => {
    const catalog = parsedCatalog(catalogDocument());
    expect(catalog.providers.get('openai')).toEqual({
      kind: 'openai',
      name: 'openai',
      enabled: true,
      billsFailures: false,
      neutralParams: [],
      breaker: defaultBreakerConfig,
      headers: {},
      protocols: ['chat', 'embeddings'],
      quirks: noQuirks,
      healthCheck: undefined,
      generationPath: undefined,
      endpoints: [{ name: 'default', baseUrl: 'https://api.openai.com/v1', secret: 'OPENAI_API_KEY', weight: 1 }],
    });
    expect(catalog.providers.get('spare')?.billsFailures).toBe(true);
    expect(catalog.models.get('small')).toMatchObject({
      defaultOutputTokens: 8192,
      outputTokensPerSecondMax: 20_000,
      input: ['text'],
      tools: false,
      structuredOutput: false,
      endpoints: ['chat', 'responses', 'messages'],
    });
    expect(catalog.models.get('small')?.thinking).toBeUndefined();
    expect(catalog.models.get('small')?.targets.map(({ protocols }) => protocols)).toEqual([undefined, undefined]);
    expect(catalog.models.get('large')?.defaultOutputTokens).toBe(5000);
    expect(catalog.models.get('large')?.price).toBeUndefined();
    expect(catalog.aliases).toEqual(new Map([['s', 'small']]));
    expect(catalog.emergency).toBeUndefined();
    expect(catalog.version).toBe(0);
  });

  it('counts the limits of its plans as the ledger does', () => {
    expect(parsedCatalog(catalogDocument()).plans.get('free')?.limits).toEqual([
      { metric: 'usd', window: { kind: 'month' }, max: 5_000_000_000 },
    ]);
  });

  it('lets a target have a price of its own, and else gives it that of its model', () => {
    const [first, second] = parsedCatalog(catalogDocument()).models.get('small')?.targets ?? [];
    expect(onlyPrice(first?.price).standard[0].input).toBe(1_000_000);
    expect(onlyPrice(second?.price).standard[0].input).toBe(3_000_000);
  });

  it('gives endpoints what they do not say themselves', () => {
    const document = catalogDocument();
    document.providers['openai'] = {
      kind: 'openai',
      baseUrl: 'https://one.example.com',
      secret: 'ONE_KEY',
      endpoints: [{ weight: 3 }, { name: 'eu', baseUrl: 'https://two.example.com/', secret: 'TWO_KEY' }],
    };
    expect(parsedCatalog(document).providers.get('openai')).toMatchObject({
      endpoints: [
        { name: 'endpoint-1', baseUrl: 'https://one.example.com', secret: 'ONE_KEY', weight: 3 },
        { name: 'eu', baseUrl: 'https://two.example.com', secret: 'TWO_KEY', weight: 1 },
      ],
    });
  });
});

describe('what is wrong with a catalog', () => {
  const cases: [what: string, path: string, message: string, spoil: (document: Document) => void][] = [
    ['an unknown field', 'provider', 'is not a known field', (d) => Object.assign(d, { provider: {} })],
    [
      'an unknown field of a model',
      'models.small.prize',
      'is not a known field',
      (d) => Object.assign(d.models['small'] ?? {}, { prize: 1 }),
    ],
    ['a missing field', 'models.small.contextTokens', 'is missing', (d) => delete d.models['small']?.['contextTokens']],
    [
      'a name that needs quotes',
      'models["gpt-5.1"].targets',
      'is missing',
      (d) => (d.models['gpt-5.1'] = { contextTokens: 1, maxOutputTokens: 1 }),
    ],
    [
      'a wrong type',
      'models.small.tools',
      'must be boolean, not "yes"',
      (d) => Object.assign(d.models['small'] ?? {}, { tools: 'yes' }),
    ],
    [
      'an unknown kind',
      'providers.openai.kind',
      'must be ("openai" | "anthropic" | "workers-ai" | "cloudflare-ai-gateway" | "echo")',
      (d) => Object.assign(d.providers['openai'] ?? {}, { kind: 'azure' }),
    ],
    [
      'a target without its provider',
      'models.large.targets[0].provider',
      'must be a provider of this catalog',
      (d) => (d.models['large'] = { ...d.models['large'], targets: [{ provider: 'nobody', model: 'm' }] }),
    ],
    [
      'a target listed twice',
      'models.large.targets[1]',
      'must be listed once',
      (d) =>
        (d.models['large'] = { ...d.models['large'], targets: many(2, () => ({ provider: 'openai', model: 'm' })) }),
    ],
    [
      'an alias that is a model',
      'models.large.aliases[0]',
      'must be unique: it is the model "small"',
      (d) => Object.assign(d.models['large'] ?? {}, { aliases: ['small'] }),
    ],
    [
      'an alias that is another alias',
      'models.large.aliases[0]',
      'must be unique: it is an alias of "small"',
      (d) => Object.assign(d.models['large'] ?? {}, { aliases: ['s'] }),
    ],
    [
      'an alias that is a route',
      'models.large.aliases[0]',
      'must be unique: it is the route "safe"',
      (d) => Object.assign(d.models['large'] ?? {}, { aliases: ['safe'] }),
    ],
    [
      'a route named as a model',
      'routes.small',
      'must not have the name of a model',
      (d) => (d.routes['small'] = { strategy: 'fallback', models: ['large'] }),
    ],
    [
      'a route to no model',
      'routes.safe.models[1]',
      'must be a model of this catalog',
      (d) => (d.routes['safe'] = { strategy: 'fallback', models: ['small', 's'] }),
    ],
    [
      'an arm to no model',
      'routes.trial.arms[0].model',
      'must be a model of this catalog',
      (d) => (d.routes['trial'] = { strategy: 'split', arms: [{ model: 'x', weight: 1 }] }),
    ],
    [
      'arms without weight',
      'routes.trial.arms',
      'must have an arm with a weight above 0',
      (d) => (d.routes['trial'] = { strategy: 'split', arms: [{ model: 'small', weight: 0 }] }),
    ],
    [
      'a stage to no model',
      'routes.dev.review',
      'must be a model of this catalog',
      (d) => (d.routes['dev'] = { strategy: 'stage', plan: 'small', code: 'small', review: 'x' }),
    ],
    [
      'an emergency without its provider',
      'emergency',
      'must be null or a provider of this catalog',
      (d) => Object.assign(d, { emergency: 'nobody' }),
    ],
    [
      'http',
      'providers.openai.baseUrl',
      'must be https',
      (d) => Object.assign(d.providers['openai'] ?? {}, { baseUrl: 'http://api.openai.com' }),
    ],
    [
      'a private address',
      'providers.openai.baseUrl',
      'must not be a private address',
      (d) => Object.assign(d.providers['openai'] ?? {}, { baseUrl: 'https://10.0.0.1' }),
    ],
    [
      'a private address of an endpoint',
      'providers.openai.endpoints[0].baseUrl',
      'must not be a private address',
      (d) => Object.assign(d.providers['openai'] ?? {}, { endpoints: [{ baseUrl: 'https://localhost' }] }),
    ],
    ['no address', 'providers.openai.baseUrl', 'is missing', (d) => delete d.providers['openai']?.['baseUrl']],
    [
      'two endpoints of one name',
      'providers.openai.endpoints[1].name',
      'must be unique',
      (d) => Object.assign(d.providers['openai'] ?? {}, { endpoints: [{ name: 'a' }, { name: 'a' }] }),
    ],
    [
      'a secret in place of its name',
      'providers.openai.secret',
      'must be the name of a variable',
      (d) => Object.assign(d.providers['openai'] ?? {}, { secret: 'sk-abc' }),
    ],
    [
      "a secret of Weir's own",
      'providers.openai.secret',
      "must not be a secret of Weir's own",
      (d) => Object.assign(d.providers['openai'] ?? {}, { secret: 'KEY_SECRET' }),
    ],
    [
      'a credential among the headers',
      'providers.openai.headers.authorization',
      'can not be set here',
      (d) => Object.assign(d.providers['openai'] ?? {}, { headers: { authorization: 'Bearer x' } }),
    ],
    [
      'a hop header',
      'providers.openai.headers.connection',
      'can not be set here',
      (d) => Object.assign(d.providers['openai'] ?? {}, { headers: { connection: 'close' } }),
    ],
    [
      'a header that breaks its line',
      'providers.openai.headers.x-title',
      'must be printable ASCII',
      (d) => Object.assign(d.providers['openai'] ?? {}, { headers: { 'x-title': 'a\r\nb: c' } }),
    ],
    [
      'more output than context',
      'models.large.maxOutputTokens',
      'must not be above contextTokens',
      (d) => Object.assign(d.models['large'] ?? {}, { maxOutputTokens: 100_001 }),
    ],
    [
      'a default above the most',
      'models.large.defaultOutputTokens',
      'must not be above maxOutputTokens',
      (d) => Object.assign(d.models['large'] ?? {}, { defaultOutputTokens: 5001 }),
    ],
    [
      'a parameter that is the request',
      'models.large.params.stream',
      'can not be set here',
      (d) => Object.assign(d.models['large'] ?? {}, { params: { stream: true } }),
    ],
    [
      'a bad limit of a plan',
      'plans.free.limits[0].per',
      'must be minute',
      (d) => Object.assign(d, { plans: { free: { limits: [{ metric: 'usd', per: 'week', max: '1' }] } } }),
    ],
    [
      'a bad price',
      'models.large.price.input',
      'must be dollars per million tokens as decimal text',
      (d) => Object.assign(d.models['large'] ?? {}, { price: { input: 0.25, output: '1' } }),
    ],
    [
      'a bad breaker',
      'providers.echo.breaker.openMs',
      'openMs must be',
      (d) => (d.providers['echo'] = { kind: 'echo', breaker: { openMs: 'x' } }),
    ],
  ];

  it.each(cases)('is said of %s, with its path', (_what, path, message, spoil) => {
    const issues = issuesAfter(spoil);
    expect(issues.map((issue) => issue.path)).toContain(path);
    expect(issues.find((issue) => issue.path === path)?.message).toContain(message);
  });

  it('is all said at once', () => {
    const issues = issuesAfter((document) => {
      Object.assign(document, { emergency: 'nobody' });
      document.routes['safe'] = { strategy: 'fallback', models: ['x', 'y'] };
    });
    expect(issues.map(({ path }) => path)).toEqual(['routes.safe.models[0]', 'routes.safe.models[1]', 'emergency']);
  });

  it('is said of what is no object at all', () => {
    expect(catalogIssues(null)[0]).toEqual({ path: '', message: 'must be Object, not null' });
    expect(catalogIssues([])[0]?.path).toBe('providers');
  });

  it('is nothing where private upstreams are allowed', () => {
    const toLocal = (document: Document) =>
      Object.assign(document.providers['openai'] ?? {}, { baseUrl: 'http://127.0.0.1:11434/v1' });
    expect(issuesAfter(toLocal, true)).toEqual([]);
    expect(issuesAfter(toLocal, false)).toHaveLength(1);
  });
});
