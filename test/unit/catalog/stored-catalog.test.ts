import { expect, test } from 'vitest';
import { parseStoredCatalog } from '../../../src/catalog/parse-catalog.ts';
import { catalogDocument, catalogIssues } from '../../support/catalog.ts';

test('a catalog that was stored before two fields were refused that are renamed to one serves as it did', () => {
  const document = catalogDocument();
  const spare = { ...document.providers['spare'], quirks: { rename: { seed: 'format', stop: 'format' } } };
  const stored = { ...document, providers: { ...document.providers, spare } };
  expect(catalogIssues(stored)).toEqual([
    { path: 'providers.spare.quirks.rename.stop', message: 'must not be "format": seed is renamed to that' },
  ]);
  expect(parseStoredCatalog(stored, { allowPrivateUpstreams: false })).toMatchObject({ kind: 'catalog' });
});
