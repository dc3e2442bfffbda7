/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from 'vitest';

// The rules that make the code's shape: which part may know which, what is pure, and how large a file may be.

const files = new Map(
  Object.entries({
    ...import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true }),
    ...import.meta.glob<string>('../../test/**/*.ts', { query: '?raw', import: 'default', eager: true }),
  }).map(([path, text]) => [new URL(path, 'file:///test/unit/').pathname.slice(1), text]),
);
const sources = new Map([...files].filter(([path]) => path.startsWith('src/')));

/**
 * Who may know whom. A part is a folder of `src`, of its `core` or of its `actors`, or a file that lies in `src` itself.
 * Beyond this, parts may not know each other in a circle.
 */
const mayImportOnly: Record<string, readonly string[]> = {
  'limits.ts': [],
  'core/money': ['assert.ts'],
  'core/ledger': ['limits.ts', 'assert.ts', 'core/money'],
  'core/account': [
    'limits.ts',
    'log.ts',
    'assert.ts',
    'constant-time.ts',
    'parse-time.ts',
    'named-record.ts',
    'core/money',
    'core/ledger',
  ],
  'core/breaker': ['limits.ts', 'named-record.ts'],
  'core/retry': ['limits.ts', 'steady-clock.ts', 'catalog', 'core/breaker', 'core/routing'],
  'actors/alarm.ts': ['limits.ts'],
  'actors/tenant': [
    'limits.ts',
    'log.ts',
    'assert.ts',
    'env.ts',
    'join-bytes.ts',
    'answer-within.ts',
    'core/ledger',
    'core/account',
    'actors/alarm.ts',
  ],
  'assert.ts': [],
  'log.ts': [],
  'constant-time.ts': [],
  'parse-time.ts': [],
  'named-record.ts': [],
  'join-bytes.ts': [],
};
const mayBeImportedOnlyBy: Record<string, readonly string[]> = {
  gateway: ['router.ts', 'worker.ts', 'endpoints'],
  endpoints: ['router.ts'],
  admin: ['router.ts', 'worker.ts'],
  'actors/tenant': ['actors/directory', 'worker.ts'],
  'actors/provider-health': ['gateway', 'admin', 'worker.ts'],
  'actors/directory': ['admin', 'worker.ts'],
  'router.ts': ['worker.ts'],
  'worker.ts': [],
  local: [],
};

/**
 * The rooms of the gateway, in the order in which a call goes through them. One may import what lies before it, and
 * nothing that comes after; what lies beside them, in `gateway` itself, goes through all.
 */
const rooms = ['request', 'bound', 'health', 'admit', 'attempt', 'relay', 'settle'];

const isPure = /^src\/(core\/|gateway\/bound\/)/;
const impure =
  /\bDate\b|\bMath\.random\b|\bfetch\(|\bset(Timeout|Interval)\b|\bqueueMicrotask\b|\bcrypto\b|\bperformance\b|\bconsole\b|\bprocess\b|\bcloudflare:|\bnode:|\bawait\b|\basync\b/;

const linesMax = 300;
const columnsMax = 120;

describe('the source', () => {
  it('was found', () => {
    expect(sources.size).toBeGreaterThan(20);
    expect([...files.keys()]).toContain('src/core/ledger/decide.ts');
  });

  it('imports in one direction', () => {
    const imports = [...sources].flatMap(([path, text]) => importsOf(path, text));
    expect(imports.filter((each) => !isAllowed(each)).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
    expect(circleAmong(imports)).toBeUndefined();
  });

  it('goes through the rooms of the gateway in one direction', () => {
    const inGateway = [...sources].filter(([path]) => path.startsWith('src/gateway/'));
    expect(
      [...new Set(inGateway.map(([path]) => roomOf(path)))].filter((room) => room !== undefined).toSorted(),
    ).toEqual(rooms.toSorted());
    const upward = inGateway
      .flatMap(([path, text]) => everyImport(path, text))
      .filter(({ from, to }) => placeOf(to) > placeOf(from));
    expect(upward.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('is pure where decisions are made', () => {
    const pure = [...sources].filter(([path]) => isPure.test(path));
    expect(pure.length).toBeGreaterThan(5);
    expect(pure.flatMap(([path, text]) => matchingLines(path, withoutComments(text), impure))).toEqual([]);
  });

  it('reads times as text in one place', () => {
    const others = [...sources].filter(([path]) => path !== 'src/parse-time.ts' && !path.startsWith('src/local/'));
    const reading = /\bDate\.parse\b|\bisoTimestamp\b|\bisoDate|\bnew Date\((?!\w*[mM]s\b|at\b|\))/;
    expect(others.flatMap(([path, text]) => matchingLines(path, withoutComments(text), reading))).toEqual([]);
  });

  it('leaves out no name that users choose', () => {
    // Valibot's record does, without a word: `namedRecord` is in its place.
    expect([...sources].flatMap(([path, text]) => matchingLines(path, withoutComments(text), /\bv\.record\b/))).toEqual(
      [],
    );
  });

  it('knows nothing of Node in the Worker', () => {
    const worker = [...sources].filter(([path]) => !path.startsWith('src/local/'));
    const node = /\bfrom 'node:|\bprocess\.|\bBuffer\b|\brequire\(/;
    expect(worker.flatMap(([path, text]) => matchingLines(path, withoutComments(text), node))).toEqual([]);
  });

  it('holds nothing unfinished and no way around the types', () => {
    const evasion =
      /\bTODO\b|\bFIXME\b|\bXXX\b|\bHACK\b|\bnot yet implemented|\bas any\b|: any\b|<any>|[\w)\]]!(?=[.;,)\]\s[])(?!=)|@ts-(ignore|nocheck)/i;
    const found = [...sources].flatMap(([path, text]) => matchingLines(path, withoutTexts(text), evasion));
    expect(found).toEqual([]);
  });

  it('says why beside each cast', () => {
    expect([...sources].flatMap(([path, text]) => unexplainedCasts(path, text))).toEqual([]);
  });

  it('gives the reason beside each lint exception', () => {
    const silent = [...files].flatMap(([path, text]) => matchingLines(path, text, /(ox|es)lint-disable(?!.* -- \S)/));
    expect(silent).toEqual([]);
  });

  it('lets no test be skipped or run alone', () => {
    const tests = [...files].filter(([path]) => path.endsWith('.test.ts'));
    const skipped = /\b(it|test|describe)\.(skip|todo|only)\b/;
    expect(tests.flatMap(([path, text]) => matchingLines(path, text, skipped))).toEqual([]);
  });

  it('keeps tests that would trouble others out of their runtime', () => {
    const tests = [...files].filter(([path]) => path.startsWith('test/worker/') && path.endsWith('.test.ts'));
    const unmarked = (troubles: RegExp, ...marks: string[]): readonly string[] =>
      tests
        .filter(([, text]) => troubles.test(text) && !marks.some((mark) => text.startsWith(mark)))
        .map(([path]) => path);
    const alone = '// A runtime of its own: ';
    expect(tests.length).toBeGreaterThan(50);
    expect(unmarked(/(?<![\w.])reset\(\)|\babortAllDurableObjects\(|\bholdDirectoryAlarm\(/, alone)).toEqual([]);
    expect(unmarked(/\buseFakeTimers\(/, alone, '// Sets the clock.\n')).toEqual([]);
  });

  it(`keeps files to ${linesMax} lines of ${columnsMax} columns`, () => {
    const long = [...files].filter(([, text]) => text.trimEnd().split('\n').length > linesMax).map(([path]) => path);
    expect(long).toEqual([]);
    const wide = new RegExp(`.{${columnsMax + 1}}`);
    expect([...sources].flatMap(([path, text]) => matchingLines(path, text, wide))).toEqual([]);
  });

  it('names files in kebab-case after what they hold', () => {
    const name = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.ts$/;
    const names = [...files.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1));
    expect(names.filter((each) => !name.test(each))).toEqual([]);
    expect(names.filter((each) => /^(utils?|helpers?|common|misc|index)\.ts$/.test(each))).toEqual([]);
  });
});

function partOf(path: string): string {
  const [, folder = '', within = ''] = path.split('/');
  return folder === 'core' || folder === 'actors' ? `${folder}/${within}` : folder;
}

interface Import {
  readonly from: string;
  readonly to: string;
}

function everyImport(from: string, text: string): Import[] {
  return [...text.matchAll(/\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g)].map(([, first, second]) => {
    return { from, to: new URL(first ?? second ?? '', `file:///${from}`).pathname.slice(1) };
  });
}

/** The imports that cross from one part into another. */
function importsOf(from: string, text: string): Import[] {
  return everyImport(from, text).filter(({ to }) => partOf(from) !== partOf(to) || !to.startsWith('src/'));
}

/** The room of the gateway that a file lies in; undefined for what lies beside them. */
function roomOf(path: string): string | undefined {
  return /^src\/gateway\/([^/]+)\//.exec(path)?.[1];
}

/** Where on the way of a call a file lies. What every room knows comes before all of them. */
function placeOf(path: string): number {
  const room = roomOf(path);
  if (room !== undefined) return rooms.indexOf(room);
  return path === 'src/gateway/call.ts' ? rooms.length : -1;
}

function isAllowed({ from, to }: Import): boolean {
  return (
    to.startsWith('src/') &&
    (mayImportOnly[partOf(from)]?.includes(partOf(to)) ?? true) &&
    (mayBeImportedOnlyBy[partOf(to)]?.includes(partOf(from)) ?? true)
  );
}

/** Takes away, again and again, the parts that import nothing that is left: what remains imports itself in a circle. */
function circleAmong(imports: readonly Import[]): string | undefined {
  let left = imports;
  for (;;) {
    const importing = new Set(left.map(({ from }) => partOf(from)));
    const rest = left.filter(({ to }) => importing.has(partOf(to)));
    if (rest.length === left.length) break;
    left = rest;
  }
  return left.length === 0 ? undefined : left.map(({ from, to }) => `${from} imports ${to}`).join('\n');
}

function matchingLines(path: string, text: string, pattern: RegExp): string[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []));
}

/** An assertion on the line before explains a cast; so does a comment on the same line or on one of the few before it. */
function unexplainedCasts(path: string, text: string): string[] {
  const lines = text.split('\n');
  const code = withoutTexts(withoutComments(text)).split('\n');
  return code.flatMap((line, index) => {
    if (!/[\w)\]}>] as (?!const\b)[\w({[]/.test(line) || /^\s*(import|export)\b.*\bfrom\b|^\s*type \w+ as /.test(line))
      return [];
    if (/^\s*assert/.test(lines[index - 1] ?? '')) return [];
    const before = lines.slice(Math.max(0, index - 8), index + 1);
    return before.some((each) => /\/\/|^\s*\/?\*/.test(each)) ? [] : [`${path}:${index + 1} ${line.trim()}`];
  });
}

/** Comments become blanks, so that lines keep their numbers. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}

/** The contents of quoted texts on one line become nothing. */
function withoutTexts(text: string): string {
  return text.replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''").replaceAll(/`(?:[^`\\\n]|\\.)*`/g, '``');
}
