import { describe, expect, test } from 'vitest';
import { listAnthropicModels, showAnthropicModel } from '../../../src/endpoints/anthropic-models.ts';
import { modelsPageMax } from '../../../src/limits.ts';
import { listModels } from '../../../src/endpoints/openai-models.ts';
import type { Caller } from '../../../src/core/routing/permission.ts';
import { catalog } from '../../support/chat.ts';

const anyone: Caller = { policy: {}, test: false };
const offer = { catalog, isOn: () => true };

function page(query = '', caller = anyone) {
  return listAnthropicModels(caller, offer, new URLSearchParams(query));
}

function ids(query = '') {
  return page(query).data.map(({ id }) => id);
}

const all = listModels(anyone, offer).data.map(({ id }) => id);

describe("the list of models in Anthropic's shape", () => {
  test('has what the list in the other shape has', () => {
    expect(ids('limit=1000')).toEqual(all);
    expect(page().data[0]).toEqual({
      type: 'model',
      id: 'plain',
      display_name: 'plain',
      created_at: '1970-01-01T00:00:00Z',
      lifecycle: 'active',
      deprecated_at: null,
      retires_at: null,
      line: null,
      capabilities: null,
      max_input_tokens: 10_000,
      max_tokens: 4000,
    });
    expect(page('limit=1000').data.find(({ id }) => id === 'safe')).toMatchObject({ max_tokens: null });
  });

  test('is given page by page, in both directions', () => {
    expect(page('limit=2')).toMatchObject({ first_id: all[0], last_id: all[1], has_more: true });
    expect(ids(`limit=2&after_id=${all[1]}`)).toEqual(all.slice(2, 4));
    expect(ids(`limit=2&before_id=${all[4]}`)).toEqual(all.slice(2, 4));
    expect(page(`limit=2&before_id=${all[2]}`)).toMatchObject({ first_id: all[0], has_more: false });
    expect(page(`limit=2&before_id=${all[3]}`)).toMatchObject({ first_id: all[1], has_more: true });
    expect(page(`after_id=${all.at(-1)}`)).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
    expect(page(`limit=${all.length}`)).toMatchObject({ has_more: false, last_id: all.at(-1) });
  });

  test('is walked through as the official client does', () => {
    const found: string[] = [];
    for (let after = ''; ;) {
      const { data, has_more: hasMore, last_id: last } = page(`limit=3${after}`);
      found.push(...data.map(({ id }) => id));
      if (!hasMore) break;
      after = `&after_id=${last}`;
    }
    expect(found).toEqual(all);
  });

  test('takes a page of the largest size, and refuses one larger, and what makes no sense', () => {
    expect(page(`limit=${modelsPageMax}`).data).toHaveLength(all.length);
    for (const limit of [modelsPageMax + 1, 0, -1, '', 'x', 1.5])
      expect(() => page(`limit=${limit}`)).toThrow("'limit' must be");
    expect(() => page('after_id=nowhere')).toThrow("'after_id' must be the id of a model");
    expect(() => page('after_id=plain&before_id=plain')).toThrow('Send one of them');
  });

  test('leaves out what this key may not use', () => {
    const caller = { policy: { models: { allow: ['plain'] } }, test: false };
    expect(page('', caller).data.map(({ id }) => id)).toContain('plain');
    expect(page('', caller).data.map(({ id }) => id)).not.toContain('free');
  });
});

describe("one model in Anthropic's shape", () => {
  test('is found by any name that a request may use', () => {
    expect(showAnthropicModel(anyone, offer, 'p')).toMatchObject({ id: 'p', type: 'model', max_tokens: 4000 });
    expect(showAnthropicModel(anyone, offer, 'two/vendor/both')).toMatchObject({
      id: 'two/vendor/both',
      max_tokens: 4000,
    });
    expect(showAnthropicModel(anyone, offer, 'safe')).toMatchObject({ id: 'safe', max_tokens: null });
  });

  test('is not found where there is none, or the key may not use it', () => {
    expect(() => showAnthropicModel(anyone, offer, 'nowhere')).toThrow("There is no model 'nowhere'");
    const nobody = { policy: { models: { deny: ['*'] } }, test: false };
    expect(() => showAnthropicModel(nobody, offer, 'plain')).toThrow('no model');
  });
});
