import { expect, test } from 'vitest';

const sources = new Map(
  Object.entries({
    ...import.meta.glob<string>('../load/*.ts', { query: '?raw', import: 'default', eager: true }),
    ...import.meta.glob<string>('../support/fakes/*.ts', { query: '?raw', import: 'default', eager: true }),
  }).map(([path, text]) => [new URL(path, 'file:///test/unit/').pathname, text]),
);

/** All that a file imports, and what that imports. */
function importsOf(path: string, known = new Set<string>()): ReadonlySet<string> {
  for (const [, specifier = ''] of (sources.get(path) ?? '').matchAll(/from '(\.[^']+)'/g)) {
    const imported = new URL(specifier, `file://${path}`).pathname;
    if (known.has(imported)) continue;
    known.add(imported);
    importsOf(imported, known);
  }
  return known;
}

// What counts the money of the load test shares no code with Weir, so that both can't be wrong in the same way.
test.each(['fake-provider.ts', 'tally.ts', 'evidence.ts', 'checks.ts', 'client-answer.ts', 'crowd.ts'])(
  'the referee of the load test imports nothing of src: %s',
  (file) => {
    const path = `/test/load/${file}`;
    expect(sources.has(path)).toBe(true);
    expect([...importsOf(path)].filter((each) => !sources.has(each))).toEqual([]);
  },
);
