import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { quirksOf } from '../../../src/gateway/bound/body-edits.ts';
import { type ChatName, dialects } from '../../support/fakes/dialects.ts';

/** What OpenAI's own clients and agents send with a chat completion that only advises how it is made. */
const advice = [
  'frequency_penalty',
  'logit_bias',
  'metadata',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'seed',
  'store',
  'user',
  'verbosity',
];

/** Those that refuse what they don't know. */
const strict = (['openai', 'google', 'groq', 'mistral', 'xai'] satisfies ChatName[]).map((name) => ({ name }));

describe('what only advises how an answer is made', () => {
  it.each(strict)('is left out for $name where it does not know it', ({ name }) => {
    const { fields } = dialects[name];
    const provider = bundledCatalog().providers.get(name);
    const { drop = [], rename = {} } = (provider === undefined ? undefined : quirksOf(provider)) ?? {};
    const isSafe = (field: string) => fields === 'any' || fields.has(rename[field] ?? field) || drop.includes(field);
    expect(advice.filter((field) => !isSafe(field))).toEqual([]);
  });
});
