import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// What the documents lean on: files, headings and tests that they name. A promise whose test was renamed is found here.

const root = fileURLToPath(new URL('../..', import.meta.url).href);
const documents = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn(join('docs', 'decisions'))];

interface Link {
  readonly from: string;
  readonly target: string;
  /** What stands between this link and the next, on the same line. */
  readonly after: string;
}

const links = documents.flatMap(linksOf).filter(({ target }) => !/^[a-z]+:/.test(target));
const namedTests = links.flatMap(({ from, target, after }) => {
  const [, names = ''] = /^: (`[^`]+`(?: · `[^`]+`)*)/.exec(after) ?? [];
  const file = fileAt(from, target);
  return target.endsWith('.test.ts') ? [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ file, name })) : [];
});

describe('the documents', () => {
  it('were found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/guarantees.md', 'docs/architecture.md']));
    expect(links.length).toBeGreaterThan(100);
  });

  it('link to files that there are', () => {
    const missing = links.filter(({ from, target }) => !exists(fileAt(from, target)));
    expect(missing.map(({ from, target }) => `${from}: ${target}`)).toEqual([]);
  });

  it('link to headings that there are', () => {
    const missing = links.filter(({ from, target }) => {
      const [, heading] = target.split('#');
      const file = fileAt(from, target);
      return heading !== undefined && file.endsWith('.md') && !headingsOf(file).has(heading);
    });
    expect(missing.map(({ from, target }) => `${from}: ${target}`)).toEqual([]);
  });
});

describe('a decision', () => {
  const decisions = documents.filter((path) => path.startsWith(join('docs', 'decisions')));

  it('has a number of its own, in order', () => {
    const numbers = decisions
      .map((path) => Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]))
      .toSorted((a, b) => a - b);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  });

  it('says its status, the problem, what was decided, and what else was considered', () => {
    for (const path of decisions) {
      const text = read(path);
      const parts = ['Status: ', '## Problem', '## Decision', '## Also considered'];
      expect(parts.filter((part) => !text.includes(`\n${part}`)).map((part) => `${path}: ${part}`)).toEqual([]);
    }
  });
});

describe('the guarantees', () => {
  it('name tests that there are', () => {
    expect(namedTests.length).toBeGreaterThan(60);
    const missing = namedTests.filter(({ file, name }) => !testNamesOf(file).has(name));
    expect(missing.map(({ file, name }) => `${relative(root, file)}: ${name}`)).toEqual([]);
  });

  it('have a test for each promise, and for each fault of others', () => {
    const text = read('docs/guarantees.md');
    const [promises = '', faults = ''] = text.split('\n## What others got wrong\n');
    const sections = promises.split(/\n## \d\. /).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toHaveLength(6);
    for (const section of sections) expect(section).toMatch(/\.test\.ts\): `/);
    const rows = [...faults.matchAll(/^\| (\d+) \|(.*)$/gm)];
    expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
    for (const [row] of rows) expect(row).toMatch(/\.test\.ts\): `|not built yet/);
  });
});

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The links of a document, but for those in code. */
function linksOf(from: string): Link[] {
  const text = read(from).replaceAll(/^```[\s\S]*?^```/gm, '');
  return text.split('\n').flatMap((line) => {
    const found = [...line.matchAll(/\]\(([^)\s]+)\)/g)];
    return found.map((match, index) => {
      const end = match.index + match[0].length;
      return { from, target: match[1] ?? '', after: line.slice(end, found[index + 1]?.index) };
    });
  });
}

function fileAt(from: string, target: string): string {
  const [path = ''] = target.split('#');
  return path === '' ? join(root, from) : join(root, dirname(from), path);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** As GitHub names them in a link. */
function headingsOf(file: string): ReadonlySet<string> {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Every text that is followed by a function: what tests are called, and what groups of them are. */
function testNamesOf(file: string): ReadonlySet<string> {
  if (!exists(file)) return new Set();
  const names = readFileSync(file, 'utf8').matchAll(/(['"`])((?:\\.|(?!\1).)*)\1,\s*(?:async\s*)?\(/g);
  return new Set([...names].map(([, , name = '']) => name.replaceAll(/\\(.)/g, '$1')));
}
