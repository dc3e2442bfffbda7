import { describe, expect, it } from 'vitest';
import {
  aliasesPerModelMax,
  endpointsPerProviderMax,
  headersPerProviderMax,
  modelTokensMax,
  modelsPerRouteMax,
  neutralParamsMax,
  outputTokensPerSecondMax,
  targetsPerModelMax,
  weightMax,
} from '../../../src/limits.ts';
import { catalogDocument, catalogIssues } from '../../support/catalog.ts';

type Document = ReturnType<typeof catalogDocument>;

const many = <Item>(count: number, make: (at: number) => Item) => Array.from({ length: count }, (_, at) => make(at));

function issuesAfter(grow: (document: Document) => void) {
  const document = catalogDocument();
  grow(document);
  return catalogIssues(document);
}

describe('the bounds of a catalog', () => {
  const pairs: [what: string, max: number, grow: (document: Document, size: number) => void][] = [
    [
      'aliases',
      aliasesPerModelMax,
      (d, size) => Object.assign(d.models['large'] ?? {}, { aliases: many(size, (at) => `a${at}`) }),
    ],
    [
      'targets',
      targetsPerModelMax,
      (d, size) =>
        Object.assign(d.models['large'] ?? {}, {
          targets: many(size, (at) => ({ provider: 'openai', model: `m${at}` })),
        }),
    ],
    [
      'endpoints',
      endpointsPerProviderMax,
      (d, size) => Object.assign(d.providers['openai'] ?? {}, { endpoints: many(size, () => ({})) }),
    ],
    [
      'headers',
      headersPerProviderMax,
      (d, size) =>
        Object.assign(d.providers['openai'] ?? {}, {
          headers: Object.fromEntries(many(size, (at) => [`x-${at}`, 'v'])),
        }),
    ],
    [
      'neutralParams',
      neutralParamsMax,
      (d, size) => Object.assign(d.providers['openai'] ?? {}, { neutralParams: many(size, (at) => `p${at}`) }),
    ],
    [
      'models of a route',
      modelsPerRouteMax,
      (d, size) => Object.assign(d.routes['safe'] ?? {}, { models: many(size, () => 'small') }),
    ],
    ['context', modelTokensMax, (d, size) => Object.assign(d.models['large'] ?? {}, { contextTokens: size })],
    [
      'tokens of output a second',
      outputTokensPerSecondMax,
      (d, size) => Object.assign(d.models['large'] ?? {}, { outputTokensPerSecondMax: size }),
    ],
    ['weight', weightMax, (d, size) => Object.assign(d.providers['openai'] ?? {}, { endpoints: [{ weight: size }] })],
  ];

  it.each(pairs)('accept as many %s as they say, and not one more', (_what, max, grow) => {
    expect(issuesAfter((document) => grow(document, max))).toEqual([]);
    expect(issuesAfter((document) => grow(document, max + 1))).toHaveLength(1);
  });
});
