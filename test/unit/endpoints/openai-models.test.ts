import { describe, expect, test } from 'vitest';
import type { Provider } from '../../../src/catalog/schema.ts';
import { listModels, showModel } from '../../../src/endpoints/openai-models.ts';
import type { Caller } from '../../../src/core/routing/permission.ts';
import { catalog } from '../../support/chat.ts';

const anyone: Caller = { policy: {}, test: false };
const offer = { catalog, isOn: () => true };

function ids(caller: Caller, isOn: (provider: Provider) => boolean = () => true): string[] {
  return listModels(caller, { ...offer, isOn }).data.map(({ id }) => id);
}

describe('the list of models', () => {
  test('has the models and routes that can be used, each once, as OpenAI has them', () => {
    const list = listModels(anyone, offer);
    expect(list.object).toBe('list');
    expect(list.data[0]).toEqual({ id: 'plain', object: 'model', created: 0, owned_by: 'one' });
    expect(list.data).toContainEqual({ id: 'safe', object: 'model', created: 0, owned_by: 'weir' });
    expect(new Set(ids(anyone)).size).toBe(ids(anyone).length);
  });

  test('leaves out what can not be used because its provider is off', () => {
    expect(ids(anyone)).toEqual(expect.arrayContaining(['claude', 'auto', 'small']));
    expect(ids(anyone, ({ name }) => name !== 'later')).not.toContain('claude');
    expect(ids(anyone, ({ name }) => name !== 'one')).not.toContain('unpriced');
    expect(ids(anyone, ({ name }) => name !== 'two')).not.toContain('small');
    expect(ids(anyone, ({ name }) => name === 'echo')).toEqual(['echo']);
  });

  test('leaves out what this key may not use', () => {
    expect(ids({ policy: { models: { allow: ['both', 'free'] } }, test: false })).toEqual([
      'both',
      'free',
      'safe',
      'auto',
    ]);
    expect(ids({ policy: { providers: { deny: ['one'] } }, test: false })).toEqual([
      'both',
      'small',
      'echo',
      'claude',
      'safe',
      'auto',
    ]);
    expect(ids({ policy: {}, test: true })).toEqual(['echo']);
  });
});

describe('one model', () => {
  test('is found by any name that a request may use, with slashes too', () => {
    for (const id of ['plain', 'p', 'safe', 'two/vendor/both', 'one/unlisted']) {
      expect(showModel(anyone, offer, id)).toMatchObject({ id, object: 'model' });
    }
    expect(showModel(anyone, offer, 'two/vendor/both').owned_by).toBe('two');
    expect(showModel({ policy: { providers: { deny: ['one'] } }, test: false }, offer, 'both').owned_by).toBe('two');
  });

  test('is not found where there is none, or the key may not use it', () => {
    expect(() => showModel(anyone, offer, 'nowhere')).toThrow("There is no model 'nowhere'");
    expect(() => showModel({ policy: { models: { deny: ['*'] } }, test: false }, offer, 'plain')).toThrow('no model');
  });
});
