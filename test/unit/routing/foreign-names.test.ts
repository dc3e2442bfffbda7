import { expect, test } from 'vitest';
import { denialOf } from '../../../src/core/routing/permission.ts';
import { foreignNameHint } from '../../../src/core/routing/unknown-model.ts';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { resolveModel } from '../../../src/catalog/resolve.ts';
import * as support from '../../support/plan.ts';

const catalog = bundledCatalog();
const isKnown = (name: string) => resolveModel(catalog, name).kind === 'resolved';

test.each([
  ['azure/gpt-5-mini', 'gpt-5-mini'],
  ['azure_ai/gpt-5-mini', 'gpt-5-mini'],
  ['bedrock/anthropic.claude-opus-4-6-v1:0', 'claude-opus-4-6'],
  ['bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0', 'claude-haiku-4-5-20251001'],
  ['vertex_ai/claude-opus-4-6@20260205', 'claude-opus-4-6-20260205'],
  ['vertex_ai/gemini-4-argon', 'gemini-4-argon'],
])('%s, as other gateways have it, is told to be %s here', (name, own) => {
  expect(foreignNameHint(name, isKnown)).toContain(`Ask for '${own}'.`);
});

test('a name of another gateway that has no other here is told what to do', () => {
  const hint = foreignNameHint('azure/my-deployment', isKnown);
  expect(hint).toContain('GET /v1/models');
  expect(hint).toContain("have the operator add Azure's server to the catalog");
});

test.each(['gpt-5-mini', 'openai/gpt-5-mini', 'azure', '/azure', ''])('%j is no name of another gateway', (name) => {
  expect(foreignNameHint(name, isKnown)).toBeUndefined();
});

test('a call for such a name is a 404 that says so', () => {
  const { code, message } = support.refusal(catalog, { model: 'azure/gpt-5-mini' });
  expect(code).toBe('model_not_found');
  expect(message).toMatch(/^There is no model 'azure\/gpt-5-mini'\. Names with Azure before the slash/);
});

test.each([
  [['gpt-5-mini'], true],
  [['gpt-5-mini-2025-08-07'], true],
  [['gpt-5-mini-2025*'], true],
  [['openai/gpt-5-mini-2025-08-07'], true],
  [['gpt-5'], false],
  [['gpt-5-mini-2024*'], false],
])('a list that has %j has a dated version of gpt-5-mini: %s', (patterns, isIn) => {
  for (const name of ['gpt-5-mini-2025-08-07', 'openai/gpt-5-mini-2025-08-07']) {
    const resolution = resolveModel(catalog, name);
    const [candidate] = resolution.kind === 'resolved' ? resolution.candidates : [];
    const provider = catalog.providers.get('openai');
    if (candidate === undefined || provider === undefined) throw new Error('the catalog has changed');
    const denial = (models: object) => denialOf({ policy: { models }, test: false }, candidate, provider);
    expect(denial({ deny: patterns })).toBe(isIn ? 'model-not-allowed' : undefined);
    expect(denial({ allow: patterns })).toBe(isIn ? undefined : 'model-not-allowed');
  }
});
