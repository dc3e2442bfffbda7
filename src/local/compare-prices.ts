/**
 * `npm run prices -- URL-OR-FILE [--catalog FILE]` compares the prices of a catalog, by default the bundled one, with a
 * published price list: LiteLLM's `model_prices_and_context_window.json`, or OpenRouter's answer to
 * `GET /api/v1/models`. It prints each difference, and exits with 1 if rounding does not explain all of them.
 */

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bundledCatalog } from '../catalog/bundled.ts';
import { parseCatalog } from '../catalog/parse-catalog.ts';
import type { Catalog } from '../catalog/schema.ts';
import { readLiteLlmList } from './prices/litellm-list.ts';
import { readOpenRouterList } from './prices/openrouter-list.ts';
import { type PriceDifference, comparePrices } from './prices/price-comparison.ts';
import { Problem, runProgram } from './problem.ts';

const usage = 'npm run prices -- URL-OR-FILE [--catalog FILE]';
const fetchMs = 60_000;

async function main(): Promise<void> {
  const { source, catalogFile } = readArguments();
  const [json, catalog] = await Promise.all([
    readJson(source),
    catalogFile === undefined ? bundledCatalog() : readCatalogFile(catalogFile),
  ]);
  const list = readOpenRouterList(json) ?? readLiteLlmList(json);
  if (list === undefined) {
    throw new Problem(`${source} is neither LiteLLM's list of prices nor OpenRouter's list of models.`);
  }
  const { differences, compared, unknown } = comparePrices(catalog, list, Date.now());
  for (const line of tableOf(differences)) console.log(line);
  console.log(
    `${counted(compared, 'target')} compared with a list of ${counted(list.size, 'model')}, in which ` +
      `${counted(unknown.length, 'other')} ${unknown.length === 1 ? 'is' : 'are'} not. ` +
      `${counted(differences.length, 'price')} ${differences.length === 1 ? 'differs' : 'differ'}.`,
  );
  if (differences.length > 0) process.exitCode = 1;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function readArguments(): { source: string; catalogFile: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ options: { catalog: { type: 'string' } }, allowPositionals: true });
    const [source, ...rest] = positionals;
    if (source !== undefined && rest.length === 0) return { source, catalogFile: values.catalog };
  } catch {
    // parseArgs says less than the line below.
  }
  throw new Problem(`Say which price list to compare with: ${usage}`);
}

async function readCatalogFile(path: string): Promise<Catalog> {
  const parsed = parseCatalog(await readJson(path), { allowPrivateUpstreams: true });
  if (parsed.kind === 'catalog') return parsed.catalog;
  const [first] = parsed.issues;
  throw new Problem(`${path} is not a catalog: ${first?.path} ${first?.message}.`);
}

async function readJson(source: string): Promise<unknown> {
  const text = await (/^https?:\/\//.test(source) ? download(source) : readFile(source, 'utf8')).catch(
    (error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new Problem(`${source} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`);
    },
  );
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(`${source} is not JSON.`);
  }
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(fetchMs) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  return answer.text();
}

/** One line per difference, in columns. */
function tableOf(differences: readonly PriceDifference[]): string[] {
  const rows = differences.map(({ model, target, field, ours, theirs }) => {
    const at = target.endsWith(`/${model}`) ? target.slice(0, -model.length - 1) : target;
    return [model, at, field, `ours $${ours}`, `theirs $${theirs}`];
  });
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(Math.max(...rows.map((each) => each[column]?.length ?? 0))))
      .join('  ')
      .trimEnd(),
  );
}

await runProgram(main);
