import { describe, expect, test } from 'vitest';
import { KeyedQueue } from '../../../src/actors/directory/keyed-queue.ts';

describe('a keyed queue', () => {
  test('runs what has one key in the order of asking, one at a time', async () => {
    const queue = new KeyedQueue();
    const seen: string[] = [];
    const task = (name: string) => async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
    };
    await Promise.all([queue.run('k', task('a')), queue.run('k', task('b')), queue.run('k', task('c'))]);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('lets one key not wait for another', async () => {
    const queue = new KeyedQueue();
    const stuck = Promise.withResolvers<string>();
    const waiting = queue.run('a', () => stuck.promise);
    expect(await queue.run('b', async () => 'done')).toBe('done');
    stuck.resolve('at last');
    expect(await waiting).toBe('at last');
  });

  test('goes on after a task that failed, and tells its asker', async () => {
    const queue = new KeyedQueue();
    const failed = queue.run('k', () => Promise.reject(new Error('no')));
    const next = queue.run('k', async () => 'yes');
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
