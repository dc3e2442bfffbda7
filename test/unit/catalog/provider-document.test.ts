/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from 'vitest';
import { quirksSchema } from '../../../src/catalog/quirks.ts';
import {
  healthCheckEveryMs,
  healthCheckEveryMsMax,
  healthCheckEveryMsMin,
  modelTokensMax,
  nameCharsMax,
  neutralParamsMax,
} from '../../../src/limits.ts';
import { catalogDocument, catalogIssues, parsedCatalog } from '../../support/catalog.ts';

const base = { kind: 'openai', baseUrl: 'https://api.example.com/v1' };

function documentWith(provider: object) {
  const document = catalogDocument();
  document.providers['spare'] = { ...base, ...provider };
  return document;
}

const issues = (provider: object) =>
  catalogIssues(documentWith(provider)).map(({ path, message }) => `${path} ${message}`);
const many = (count: number) => Array.from({ length: count }, (_, at) => `p${at}`);
const renames = (count: number) => Object.fromEntries(many(count).map((name) => [name, `${name}-there`]));

describe('a provider of a catalog', () => {
  it.each(['ADMIN_KEY', 'KEY_SECRET', 'CLIENT_WATCH_KEY', 'CLOUDFLARE_API_TOKEN', 'JWT_ISSUERS'])(
    'can not have %s sent to its server',
    (secret) => {
      expect(issues({ secret })).toEqual(["providers.spare.secret must not be a secret of Weir's own"]);
    },
  );

  it('says how it differs from OpenAI', () => {
    const quirks = {
      outputCap: 'max_tokens',
      streamUsage: false,
      minOutput: 16,
      rename: { seed: 'random_seed' },
      drop: ['logit_bias'],
      developerRole: false,
      toolNames: 'needed',
      extensions: ['cache_control', 'reasoning_details', 'reasoning_content'],
      reasoning: 'switch',
    };
    const written = {
      protocols: ['chat', 'responses'],
      quirks,
      healthCheck: { path: '/models', everyMs: 60_000 },
      generationPath: '/generation',
      headers: { 'http-referer': 'https://example.com', 'x-title': 'Weir' },
    };
    expect(parsedCatalog(documentWith(written)).providers.get('spare')).toMatchObject(written);
  });

  it('has a row in the docs for each way in which it may differ', () => {
    const [configuration = ''] = Object.values(
      import.meta.glob<string>('../../../docs/configuration.md', { query: '?raw', import: 'default', eager: true }),
    );
    const names = Object.keys(quirksSchema.entries);
    expect(names.filter((name) => !configuration.includes(`\`quirks.${name}\``))).toEqual([]);
  });

  it.each(['max_tokens', 'max_completion_tokens', 'model', 'messages', 'stream'])(
    'has the server read %s as Weir sets it',
    (name) => {
      const message = expect.stringMatching(/can not be named here/);
      expect(issues({ quirks: { drop: [name] } })).toEqual([message]);
      expect(issues({ quirks: { rename: { [name]: 'other' } } })).toEqual([message]);
      expect(issues({ quirks: { rename: { other: name } } })).toEqual([message]);
    },
  );

  it('is probed every half a minute unless it says how often', () => {
    const provider = parsedCatalog(documentWith({ healthCheck: { path: '/models' } })).providers.get('spare');
    expect(provider).toMatchObject({ healthCheck: { path: '/models', everyMs: healthCheckEveryMs } });
  });

  it("may be Anthropic, or Cloudflare's gateway with or without the credential of what is behind it", () => {
    const document = catalogDocument();
    document.providers['anthropic'] = {
      kind: 'anthropic',
      baseUrl: 'https://api.anthropic.com',
      secret: 'ANTHROPIC_API_KEY',
      healthCheck: { path: '/v1/models' },
    };
    document.providers['cf'] = { kind: 'cloudflare-ai-gateway' };
    document.providers['cf-own'] = {
      kind: 'cloudflare-ai-gateway',
      secret: 'OPENAI_API_KEY',
      quirks: { streamUsage: false },
    };
    const { providers } = parsedCatalog(document);
    expect(providers.get('anthropic')).toMatchObject({ kind: 'anthropic', healthCheck: { path: '/v1/models' } });
    expect(providers.get('cf')).toMatchObject({ quirks: { streamUsage: true } });
    expect(providers.get('cf')).not.toHaveProperty('secret');
    expect(providers.get('cf-own')).toMatchObject({ secret: 'OPENAI_API_KEY', quirks: { streamUsage: false } });
  });

  const wrong: [what: string, provider: object, start: string][] = [
    ['a protocol that nobody speaks', { protocols: ['messages'] }, 'providers.spare.protocols[0] must be'],
    ['no protocol', { protocols: [] }, 'providers.spare.protocols must name at least one protocol'],
    ['an unknown quirk', { quirks: { odd: true } }, 'providers.spare.quirks.odd is not a known field'],
    ['an unknown extension', { quirks: { extensions: ['x'] } }, 'providers.spare.quirks.extensions[0] must be'],
    ['an unknown style of reasoning', { quirks: { reasoning: 'x' } }, 'providers.spare.quirks.reasoning must be'],
    [
      'two fields renamed to one',
      { quirks: { rename: { seed: 'format', stop: 'format' } } },
      'providers.spare.quirks.rename.stop',
    ],
    ['a field renamed to nothing', { quirks: { rename: { seed: '' } } }, 'providers.spare.quirks.rename.seed'],
    ['a dropped field without a name', { quirks: { drop: [''] } }, 'providers.spare.quirks.drop[0]'],
    ['a probe of nothing', { healthCheck: {} }, 'providers.spare.healthCheck.path is missing'],
    ['a probe of another server', { healthCheck: { path: 'https://x.example' } }, 'providers.spare.healthCheck.path'],
    ['a look-up with a query', { generationPath: '/a?b=c' }, 'providers.spare.generationPath must be a path'],
    [
      'a probe that is no whole number of milliseconds',
      { healthCheck: { path: '/models', everyMs: 1500.5 } },
      'providers.spare.healthCheck.everyMs must be a whole number',
    ],
  ];

  it.each(wrong)('is refused with %s', (_what, provider, start) => {
    expect(issues(provider)).toEqual([expect.stringContaining(start)]);
  });

  it("is refused as Cloudflare's gateway with an address: it has its own", () => {
    const document = catalogDocument();
    document.providers['cf'] = { ...base, kind: 'cloudflare-ai-gateway' };
    expect(catalogIssues(document)).toEqual([
      { path: 'providers.cf.baseUrl', message: expect.stringContaining('is not a known field') },
    ]);
  });

  const bounds: [what: string, at: object, over: object][] = [
    [
      'as many renamed fields',
      { quirks: { rename: renames(neutralParamsMax) } },
      { quirks: { rename: renames(neutralParamsMax + 1) } },
    ],
    [
      'as many dropped fields',
      { quirks: { drop: many(neutralParamsMax) } },
      { quirks: { drop: many(neutralParamsMax + 1) } },
    ],
    [
      'as long a name of a field',
      { quirks: { drop: ['x'.repeat(nameCharsMax)] } },
      { quirks: { drop: ['x'.repeat(nameCharsMax + 1)] } },
    ],
    ['as high a least cap', { quirks: { minOutput: modelTokensMax } }, { quirks: { minOutput: modelTokensMax + 1 } }],
    ['as low a least cap', { quirks: { minOutput: 1 } }, { quirks: { minOutput: 0 } }],
    [
      'as frequent a probe',
      { healthCheck: { path: '/models', everyMs: healthCheckEveryMsMin } },
      { healthCheck: { path: '/models', everyMs: healthCheckEveryMsMin - 1 } },
    ],
    [
      'as rare a probe',
      { healthCheck: { path: '/models', everyMs: healthCheckEveryMsMax } },
      { healthCheck: { path: '/models', everyMs: healthCheckEveryMsMax + 1 } },
    ],
    ['as long a path', { generationPath: `/${'x'.repeat(200)}` }, { generationPath: `/${'x'.repeat(201)}` }],
  ];

  it.each(bounds)('may have %s as the bounds say, and is refused beyond', (_what, at, over) => {
    expect(issues(at)).toEqual([]);
    expect(issues(over)).toHaveLength(1);
  });
});
