import { describe, expect, it, vi } from 'vitest';
import { bundledCatalog } from '../../../src/catalog/bundled.ts';
import { type CatalogProblem, CatalogReader } from '../../../src/catalog/read-catalog.ts';
import { catalogDocument } from '../../support/catalog.ts';

/** An isolate's reader, the KV behind it, and what it did behind the back of its requests. */
function world() {
  const kv = { text: null as string | null, fails: false, hangs: false, reads: 0 };
  /** Where the catalog is kept for good. */
  const directory = { text: undefined as string | undefined, fails: false, asked: 0 };
  const problems: CatalogProblem[] = [];
  const behind: Promise<unknown>[] = [];
  const get = async () => {
    kv.reads += 1;
    if (kv.hangs) await new Promise(() => undefined);
    if (kv.fails) throw new Error('KV is down');
    return kv.text;
  };
  const reader = new CatalogReader({
    // KV's `get` has an overload for every type; only the one for text is used.
    kv: { get } as unknown as Pick<KVNamespace, 'get'>,
    allowPrivateUpstreams: false,
    bundled: bundledCatalog,
    written: async () => {
      directory.asked += 1;
      if (directory.fails) throw new Error('the directory is down');
      return directory.text;
    },
    onProblem: (problem) => problems.push(problem),
  });
  const versionAt = async (nowMs: number) => (await reader.read(nowMs, (promise) => behind.push(promise))).version;
  const settle = async () => Promise.all(behind.splice(0));
  return { kv, directory, problems, reader, versionAt, settle };
}

const stored = (version: number, more = {}) => JSON.stringify({ version, ...catalogDocument(), ...more });

describe('reading the catalog', () => {
  it('serves the bundled one until one is written', async () => {
    const { versionAt } = world();
    expect(await versionAt(0)).toBe(0);
  });

  it('asks KV once, and then not for a while', async () => {
    const { kv, versionAt } = world();
    kv.text = stored(1);
    for (let nowMs = 0; nowMs < 15_000; nowMs += 100) expect(await versionAt(nowMs)).toBe(1);
    expect(kv.reads).toBe(1);
  });

  it('refreshes behind the back of one request, and serves what it has meanwhile', async () => {
    const { kv, versionAt, settle } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.text = stored(2);
    expect(await versionAt(15_000)).toBe(1);
    expect(await versionAt(15_000)).toBe(1);
    expect(kv.reads).toBe(2);
    await settle();
    expect(await versionAt(15_001)).toBe(2);
  });

  it('asks first when it has rested: with the 30 s that KV remembers, no change is older than 60 s', async () => {
    const { kv, versionAt } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.text = stored(2);
    expect(await versionAt(30_000)).toBe(2);
  });

  it('shows a change at once to the isolate that wrote it', async () => {
    const { kv, reader, versionAt } = world();
    await versionAt(0);
    kv.text = stored(1);
    reader.forget();
    expect(await versionAt(1)).toBe(1);
  });

  it.each([
    ['is not JSON', '{'],
    ['is not a catalog', '{"version":2,"providers":{}}'],
    ['has no version', JSON.stringify(catalogDocument())],
    ['is refused here', stored(2, { providers: { openai: { kind: 'openai', baseUrl: 'http://10.0.0.1' } } })],
  ])('keeps a good catalog when what KV holds %s, and says so once', async (_what, text) => {
    const { kv, problems, versionAt } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.text = text;
    for (const nowMs of [30_000, 60_000, 90_000]) expect(await versionAt(nowMs)).toBe(1);
    expect(problems.map(({ kind }) => kind)).toEqual(['malformed']);
    kv.text = stored(3);
    expect(await versionAt(120_000)).toBe(3);
  });

  it('starts from nothing rather than from the bundled one, where KV holds one that it can not read', async () => {
    const { kv, versionAt } = world();
    kv.text = stored(2, { emergency: 'nobody' });
    for (const nowMs of [0, 1]) {
      await expect(versionAt(nowMs)).rejects.toMatchObject({
        code: 'configuration_error',
        message: expect.stringContaining('emergency must be null or a provider'),
      });
    }
  });

  it('keeps a catalog that was deleted from KV', async () => {
    const { kv, versionAt } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.text = null;
    expect(await versionAt(30_000)).toBe(1);
  });

  it.each([
    ['lost', null, 'missing'],
    ['spoilt', '{', 'malformed'],
    ['spoilt by a catalog that is refused', stored(4, { emergency: 'nobody' }), 'malformed'],
  ])(
    'has the catalog from where it is kept, when the copy in KV is %s, and says so once',
    async (_what, text, kind) => {
      const { kv, directory, problems, versionAt } = world();
      kv.text = text;
      directory.text = stored(4);
      for (const nowMs of [0, 1, 30_000, 60_000]) expect(await versionAt(nowMs)).toBe(4);
      expect(problems).toMatchObject([{ kind, isRecovered: true }]);
      expect(directory.asked).toBe(1);
    },
  );

  it('has it from there too in an isolate that has an older one', async () => {
    const { kv, directory, versionAt } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.text = null;
    directory.text = stored(2);
    expect(await versionAt(30_000)).toBe(2);
  });

  it('never serves the bundled one while nobody can say whether another was written', async () => {
    const { directory, problems, versionAt } = world();
    directory.fails = true;
    const unread = { code: 'provider_unavailable', options: { shouldRetry: true } };
    for (const nowMs of [0, 999, 1000]) await expect(versionAt(nowMs)).rejects.toMatchObject(unread);
    expect(directory.asked).toBe(2);
    expect(problems).toMatchObject([{ kind: 'unreadable' }, { kind: 'unreadable' }]);
    directory.fails = false;
    directory.text = stored(3);
    expect(await versionAt(2000)).toBe(3);
  });

  it('lets no request wait for the next that comes at the same time, in an isolate that knows nothing', async () => {
    const { directory, versionAt } = world();
    directory.text = stored(3);
    expect(await Promise.all([versionAt(0), versionAt(0), versionAt(0)])).toEqual([3, 3, 3]);
  });

  it('asks where it is kept no more than every 10 s, while what is kept is no better', async () => {
    const { kv, directory, problems, versionAt } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.text = '{';
    directory.text = '{';
    for (let nowMs = 30_000; nowMs < 90_000; nowMs += 1000) expect(await versionAt(nowMs)).toBe(1);
    expect(directory.asked).toBeLessThanOrEqual(6);
    expect(problems).toMatchObject([{ kind: 'malformed', isRecovered: false }]);
    directory.text = stored(2);
    expect(await versionAt(120_000)).toBe(2);
    expect(problems[1]).toMatchObject({ kind: 'malformed', isRecovered: true });
  });

  it('never goes back to an older version', async () => {
    const { kv, versionAt } = world();
    kv.text = stored(2);
    await versionAt(0);
    kv.text = stored(1);
    expect(await versionAt(30_000)).toBe(2);
  });

  it('serves what it has while KV is down, and leaves it alone for a while', async () => {
    const { kv, problems, versionAt } = world();
    kv.text = stored(1);
    await versionAt(0);
    kv.fails = true;
    expect(await versionAt(30_000)).toBe(1);
    expect(await versionAt(30_001)).toBe(1);
    expect(kv.reads).toBe(2);
    expect(problems).toMatchObject([{ kind: 'unreadable' }]);
    kv.fails = false;
    kv.text = stored(2);
    expect(await versionAt(40_000)).toBe(2);
  });

  it('makes no call while it knows nothing', async () => {
    const { kv, versionAt } = world();
    kv.fails = true;
    await expect(versionAt(0)).rejects.toMatchObject({ code: 'provider_unavailable', options: { shouldRetry: true } });
    kv.fails = false;
    expect(await versionAt(1)).toBe(0);
  });

  it('does not wait for a KV that hangs', async () => {
    vi.useFakeTimers();
    try {
      const { kv, versionAt } = world();
      kv.text = stored(1);
      await versionAt(0);
      kv.hangs = true;
      const version = versionAt(30_000);
      await vi.advanceTimersByTimeAsync(2000);
      expect(await version).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
