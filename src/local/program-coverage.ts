/**
 * `node src/local/program-coverage.ts`, run after the tests, says how much of `src` they run.
 *
 * The programs for Node run as processes of their own, where the test runner counts nothing. V8 counts there, if
 * NODE_V8_COVERAGE says where to. Its counts fit the source as it is, because Node only blanks out the types. If tests
 * also import a file, the better of its two counts is used.
 */

import { globSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './bundle.ts';
import { Problem, runProgram } from './problem.ts';

const percentMin = 90;

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

interface Lines {
  total: number;
  covered: number;
}

async function main(): Promise<void> {
  const folder = join(projectRoot, 'coverage');
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- the test runner wrote it just now
  const counted: Record<string, { lines: Lines }> = JSON.parse(
    readFileSync(join(folder, 'coverage-summary.json'), 'utf8'),
  );
  const runs = readRuns(join(folder, 'programs'));
  const all = { total: 0, covered: 0 };
  for (const path of globSync('src/**/*.ts', { cwd: projectRoot }).toSorted()) {
    const absolutePath = join(projectRoot, path);
    const known = [counted[absolutePath]?.lines ?? { total: 0, covered: 0 }];
    if (path.startsWith('src/local/')) known.push(linesOfProgram(absolutePath, runs));
    const lines = known.reduce((a, b) => (percent(b) > percent(a) ? b : a));
    if (percent(lines) < percentMin && lines.total > 0) console.log(`  ${percent(lines)} % of ${path}`);
    all.total += lines.total;
    all.covered += lines.covered;
  }
  console.log(`${percent(all)} % of the lines of src are run by a test (at least ${percentMin})`);
  if (percent(all) < percentMin) throw new Problem(`Less than ${percentMin} % of the lines of src are run by a test.`);
}

function linesOfProgram(absolutePath: string, runs: Map<string, Script[]>): Lines {
  const source = readFileSync(absolutePath, 'utf8');
  const ran = new Uint8Array(source.length);
  for (const script of runs.get(pathToFileURL(absolutePath).href) ?? []) markWhatRan(ran, script);
  return countLines(source, ran);
}

/** What each process counted, by file of ours. */
function readRuns(folder: string): Map<string, Script[]> {
  const ours = pathToFileURL(join(projectRoot, 'src')).href;
  const runs = new Map<string, Script[]>();
  for (const name of globSync('*.json', { cwd: folder })) {
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- V8 wrote it just now
    const { result }: { result: Script[] } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    for (const script of result) {
      if (script.url.startsWith(ours)) runs.set(script.url, [...(runs.get(script.url) ?? []), script]);
    }
  }
  rmSync(folder, { recursive: true, force: true });
  return runs;
}

/** Ranges are nested. The innermost range around an offset decides, so shorter ranges are applied last. */
function markWhatRan(ran: Uint8Array, script: Script): void {
  const once = new Uint8Array(ran.length);
  const ranges = script.functions.flatMap((each) => each.ranges);
  for (const { startOffset, endOffset, count } of ranges.toSorted((a, b) => length(b) - length(a))) {
    once.fill(Math.min(count, 1), startOffset, endOffset);
  }
  for (let offset = 0; offset < ran.length; offset++) ran[offset] = Math.max(ran[offset] ?? 0, once[offset] ?? 0);
}

function length(range: Range): number {
  return range.endOffset - range.startOffset;
}

/** Counts lines of code, and those that ran. A line with only closing brackets is no code. */
function countLines(source: string, ran: Uint8Array): Lines {
  const code = stripTypeScriptTypes(source).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) =>
    comment.replaceAll(/[^\n]/g, ' '),
  );
  const lines = { total: 0, covered: 0 };
  let start = 0;
  for (const line of code.split('\n')) {
    if (/\w/.test(line) && !/^\s*import\b/.test(line)) {
      lines.total++;
      const offset = start + line.search(/\S/);
      if (ran[offset] === 1) lines.covered++;
    }
    start += line.length + 1;
  }
  return lines;
}

function percent({ covered, total }: Lines): number {
  return Math.floor((10_000 * covered) / Math.max(total, 1)) / 100;
}

await runProgram(main);
