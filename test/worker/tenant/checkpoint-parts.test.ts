import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { SqlStore } from '../../../src/actors/tenant/sql-store.ts';

test('a checkpoint that is larger than a row may be is read as it was written, to the character', async () => {
  await runInDurableObject(env.TENANT.getByName('k_checkpoint_parts'), (_, { storage }) => {
    const store = new SqlStore(storage);
    store.load();
    store.append({ seq: 1, at: 1, events: '[1]' }, undefined);
    // Of two halves each, after an odd number of others: wherever it is cut, a character is there.
    for (const body of [`"${'\u{1f600}'.repeat(600_000)}"`, `"x${'\u{1f600}'.repeat(300_000)}"`]) {
      store.checkpoint({ seq: 1, body, names: [], replacesNames: false, oldestGeneration: 0 });
      expect(store.load().checkpoint).toEqual({ seq: 1, body });
    }
  });
});
