import OpenAI, { NotFoundError } from 'openai';
import { expect, test } from 'vitest';
import { all, behaviours, plenty, useGateway } from './sdk-stage.ts';

const gateway = useGateway();

test('models are listed', async () => {
  const client = await gateway.client();
  const models = await all(client.models.list());
  const names = models.map(({ id }) => id);
  for (const name of ['echo', ...Object.keys(behaviours)]) expect(names).toContain(name);
  for (const model of models) {
    expect(model.object).toBe('model');
    expect(model.created).toBeGreaterThanOrEqual(0);
    expect(model.owned_by).not.toBe('');
  }
});

test('a model is found by its name', async () => {
  const client = await gateway.client();
  expect(await client.models.retrieve('steady')).toMatchObject({ id: 'steady', object: 'model' });
});

test('a model that is none is a NotFoundError', async () => {
  const client = await gateway.client();
  await expect(client.models.retrieve('no-such-model')).rejects.toThrow(NotFoundError);
});

test('a key sees only the models that it may use', async () => {
  const { admin } = gateway.stage();
  const { key } = await admin.createKey('narrow', [plenty], { models: { allow: ['echo*'], deny: ['echo-error'] } });
  const client = new OpenAI({ apiKey: key, baseURL: new URL('/v1', admin.url).href, maxRetries: 0 });
  const names = (await all(client.models.list())).map(({ id }) => id);
  expect(names).toContain('echo');
  expect(names).not.toContain('echo-error');
  expect(names).not.toContain('steady');
  await expect(client.models.retrieve('steady')).rejects.toThrow(NotFoundError);
});
