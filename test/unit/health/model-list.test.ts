import { describe, expect, test } from 'vitest';
import { missingFrom, modelPagePath, readModelPage } from '../../../src/actors/provider-health/model-list.ts';

const page = (...ids: string[]): unknown => ({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });
const read = (body: unknown) => readModelPage(JSON.stringify(body));

describe('a page of models', () => {
  test('is read in the shape of OpenAI, whatever else is in it', () => {
    expect(read(page('a', 'b'))).toEqual({ names: ['a', 'b'], after: undefined });
  });

  test('has the other names of a model too, where the provider lists them beside it', () => {
    expect(read({ data: [{ id: 'mistral-large-2512', aliases: ['mistral-large-latest'] }] })).toMatchObject({
      names: ['mistral-large-2512', 'mistral-large-latest'],
    });
  });

  test('says in the shape of Anthropic what the next one follows', () => {
    const data = [{ id: 'a' }, { id: 'b' }];
    expect(read({ data, has_more: true, last_id: 'b' })?.after).toBe('b');
    expect(read({ data, has_more: true, last_id: null })?.after).toBe('b');
    expect(read({ data, has_more: false, last_id: 'b' })?.after).toBeUndefined();
    expect(read({ data: [], has_more: true, last_id: null })?.after).toBeUndefined();
  });

  test.each([
    ['no JSON', '<html>'],
    ['no list', '{"data":{}}'],
    ['a list of something else', '{"data":[{"name":"a"}]}'],
    ['an error', '{"error":{"message":"no"}}'],
  ])('is none where it is %s', (_what, text) => {
    expect(readModelPage(text)).toBeUndefined();
  });
});

test('Anthropic is asked for many models a page, and others for no more than they know', () => {
  expect(modelPagePath('openai', '/models', undefined)).toBe('/models');
  expect(modelPagePath('openai', '/models', 'a b')).toBe('/models?after_id=a+b');
  expect(modelPagePath('anthropic', '/v1/models', undefined)).toBe('/v1/models?limit=1000');
  expect(modelPagePath('anthropic', '/v1/models', 'x')).toBe('/v1/models?limit=1000&after_id=x');
});

describe('a name is listed', () => {
  test.each([
    ['as it is', 'gpt-5', 'gpt-5'],
    ['with a date', 'gpt-5', 'gpt-5-2025-08-07'],
    ['with a date in one number', 'claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
    ['with a date in four digits', 'grok-4', 'grok-4-0709'],
    ['as the latest', 'llama3', 'llama3:latest'],
    ['behind models/', 'gemini-2.5-flash', 'models/gemini-2.5-flash'],
    ['though the catalog writes models/', 'models/gemini-2.5-flash', 'gemini-2.5-flash'],
  ])('%s', (_how, sought, listed) => {
    expect(missingFrom(['another', listed], [sought])).toEqual([]);
  });
});

describe('a name is missing', () => {
  test.each([
    ['where nothing is listed', 'gpt-5', []],
    ['where only a longer name is', 'gpt-5', ['gpt-5-mini', 'gpt-5-mini-2025-08-07']],
    ['where only a shorter name is', 'gpt-5-mini', ['gpt-5']],
    ['where it is spelt differently', 'gpt-5', ['GPT-5', 'openai/gpt-5']],
    ['where a snapshot was taken away and another is there', 'gpt-5-2025-08-07', ['gpt-5', 'gpt-5-2026-01-01']],
    ['where another size is there', 'llama3:8b', ['llama3:70b', 'llama3:latest']],
  ])('%s', (_where, sought, listed) => {
    expect(missingFrom(listed, [sought])).toEqual([sought]);
  });
});
