import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { readBuild, sourcesKey } from '../../src/local/build.ts';
import { type Bundle, buildBundle } from '../../src/local/bundle.ts';
import { readWorkerOptions } from '../../src/local/worker-options.ts';
import { projectRoot, temporaryFolder } from './spawned-weir.ts';

/** Goal: the kept build is what wrangler would make, and a change of anything that it is made of makes a new one. */

const contentsOf = (bundle: Bundle): unknown =>
  bundle.map(({ path, ...module }) => ({ ...module, name: basename(path) }));

it('keeps what wrangler makes, to the byte', async () => {
  const folder = temporaryFolder();
  await readBuild(join(folder, 'first'));
  const unused = join(folder, 'unused');
  const [kept, bundle] = await Promise.all([readBuild(unused), buildBundle(join(folder, 'made'), '')]);
  expect(kept.folder).not.toBe(unused);
  expect(contentsOf(kept.bundle)).toEqual(contentsOf(bundle));
  expect(kept.options).toEqual(readWorkerOptions());
});

it('makes another when a file changes, comes, goes, or has another name', () => {
  const folder = temporaryFolder();
  const names = ['wrangler.toml', 'package-lock.json', 'package.json', 'tsconfig.base.json', 'tsconfig.json'];
  for (const name of names) cpSync(join(projectRoot, name), join(folder, name));
  const deep = join(folder, 'src', 'deep');
  mkdirSync(deep, { recursive: true });
  const keys = new Set<string>();
  const seen = (): number => keys.add(sourcesKey(folder)).size;
  writeFileSync(join(deep, 'a.ts'), 'one');
  expect(seen()).toBe(1);
  expect(seen()).toBe(1);
  writeFileSync(join(deep, 'a.ts'), 'two');
  expect(seen()).toBe(2);
  renameSync(join(deep, 'a.ts'), join(deep, 'b.ts'));
  expect(seen()).toBe(3);
  writeFileSync(join(deep, 'c.bin'), '');
  expect(seen()).toBe(4);
  rmSync(join(deep, 'b.ts'));
  expect(seen()).toBe(5);
  for (const [index, name] of names.entries()) {
    writeFileSync(join(folder, name), 'other');
    expect(seen(), name).toBe(6 + index);
  }
});
