import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FoldError } from '../../src/core/account/row.ts';
import { BrokenPromise } from './broken-promise.ts';
import { exchangeSeeds } from './exchange-step.ts';
import { type Fault, faults } from './fault.ts';
import { foundBy } from './found-by.ts';
import type * as simulate from './simulate.ts';

/** What came of one fault. */
export interface Found {
  readonly number: number;
  /** The promises that were broken. */
  readonly broken: readonly string[];
  /** The last seed that was tried. */
  readonly seed: number;
  /** What stood in the way of trying it. */
  readonly problem?: string;
}

/**
 * A program of its own. It takes fault after fault, loads all source anew with the fault in it, and simulates seed
 * after seed until the promise is seen to be broken that the fault must break. Prints a list of `Found` as JSON.
 * Usage: node run-with-faults.ts <number of the first fault> <how far it is to the next> <how many seeds> <steps>
 */
const [first = 0, every = 1, seeds = 0, stepCount = 0] = process.argv.slice(2).map(Number);
const sources = new Map<string, string>();
/** The faults that are in what was loaded. */
const placed = new Set<string>();

/** Source as JavaScript, read and made once for all faults. */
function sourceOf(path: string): string {
  const known = sources.get(path);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  sources.set(path, source);
  return source;
}

function planted({ what, right, wrong, file }: Fault, path: string): string {
  const source = readFileSync(path, 'utf8');
  if (source.split(right).length !== 2) throw new Error(`${file} has this not exactly once: ${right}`);
  placed.add(what);
  return stripTypeScriptTypes(source.replace(right, () => wrong));
}

// A module with a fault's number in its address has it in the addresses of all that it imports.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    const number = numberIn(context.parentURL ?? '') ?? numberIn(specifier);
    if (number === undefined || !resolved.url.startsWith('file:')) return resolved;
    return { ...resolved, url: `${resolved.url.split('?')[0]}?fault=${number}` };
  },
  load(url, context, nextLoad) {
    const fault = faults[numberIn(url) ?? -1];
    const [path] = url.split('?');
    if (fault === undefined || path === undefined || !path.endsWith('.ts')) return nextLoad(url, context);
    const isWrong = path.endsWith(`/${fault.file}`);
    const source = isWrong ? planted(fault, fileURLToPath(path)) : sourceOf(fileURLToPath(path));
    return { format: 'module', source, shortCircuit: true };
  },
});

function numberIn(url: string): number | undefined {
  const [, number] = url.split('?fault=');
  return number === undefined ? undefined : Number(number);
}

async function search(number: number, fault: Fault): Promise<Found> {
  // The address decides what is loaded, and the compiler can't know that it is these modules.
  const program = fault.simulator === 'tree' ? './tree/tree-simulate.ts' : './simulate.ts';
  const { playSeed } = (await import(`${program}?fault=${number}`)) as Pick<typeof simulate, 'playSeed'>;
  if (!placed.has(fault.what)) throw new Error(`${fault.file} is not part of what is simulated`);
  const broken = new Set<string>();
  const firstSeed = foundBy.get(fault.what) ?? 1;
  let seed = 0;
  for (let tried = 0; !broken.has(fault.breaks) && tried < seeds; tried += 1) {
    seed = firstSeed + tried;
    if (seed < exchangeSeeds) seed = ((seed - 1) % seeds) + 1;
    const failure = await playSeed(seed, stepCount);
    if (failure !== undefined) broken.add(promiseOf(failure.error));
  }
  return { number, broken: [...broken], seed };
}

/** The class of a broken promise is one of each loading: the name is the same. */
function promiseOf(error: Error): string {
  if (error.name === BrokenPromise.name && 'promise' in error) return String(error.promise);
  return error.name === FoldError.name && error.cause instanceof Error ? error.cause.name : error.name;
}

const found: Found[] = [];
for (const [number, fault] of faults.entries()) {
  if (number % every !== first) continue;
  try {
    found.push(await search(number, fault));
  } catch (error) {
    found.push({ number, broken: [], seed: 0, problem: String(error) });
  }
}
process.stdout.write(JSON.stringify(found));
