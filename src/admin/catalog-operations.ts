import * as v from 'valibot';
import { bundledDocument } from '../catalog/bundled.ts';
import { type ParsedCatalog, parseCatalog, parseStoredCatalog } from '../catalog/parse-catalog.ts';
import { forgetCatalog } from '../catalog/read-catalog.ts';
import type { Catalog } from '../catalog/schema.ts';
import { type Env, configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { invalidRequest, pathText } from '../http/issue.ts';
import { catalogBytesMax } from '../limits.ts';
import {
  type AdminContext,
  type Answer,
  type UpdateOptions,
  askDirectory,
  storedOnly,
  versionMismatch,
} from './admin-context.ts';
import { type CheckedCatalog, checkedCatalog } from '../actors/directory/checked-catalog.ts';
import type { CatalogOutcome } from '../actors/directory/directory-protocol.ts';
import { type JsonObject, isJsonObject, parseJson } from '../actors/directory/json.ts';
import { type PatternList, type Warned, patternLists, warnedOf } from './name-warnings.ts';

/** The directory checks what is in it. */
export const catalogInput = v.custom<JsonObject>(isJsonObject, 'must be a JSON object');

/** The catalog as written, with its version. Version 0 is the bundled one, which serves until one is written. */
export const catalogView = v.custom<JsonObject & { readonly version: number }>(
  (value) => isJsonObject(value) && typeof value['version'] === 'number',
);

type CatalogView = v.InferOutput<typeof catalogView>;

export async function getCatalog({ env }: AdminContext): Promise<Answer<CatalogView>> {
  const { version, document } = await currentCatalog(env);
  return catalogAnswer(version, document);
}

export async function putCatalog(
  { env, who }: AdminContext,
  input: JsonObject,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<CatalogView>> {
  const checked = checkedCatalog(env, input);
  if (checked.kind !== 'document') return refuse(checked);
  return writtenAnswer(env, await askDirectory(env, (directory) => directory.putCatalog(checked.text, ifVersion, who)));
}

/**
 * Merges a JSON merge patch (RFC 7386) into what was last written, and checks the whole result. The directory does
 * that, so concurrent patches don't overwrite each other.
 */
export async function patchCatalog(
  { env, who }: AdminContext,
  input: JsonObject,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<CatalogView>> {
  const patch = JSON.stringify(jsonObject(input));
  return writtenAnswer(env, await askDirectory(env, (directory) => directory.patchCatalog(patch, ifVersion, who)));
}

/** The newest catalog. The copies that calls are planned with may be older. */
export async function parsedCatalog(env: Env): Promise<Catalog> {
  const parsed = await currentParsed(env);
  if (parsed.kind === 'catalog') return parsed.catalog;
  throw new GatewayError(
    'configuration_error',
    `The catalog that was written is not valid now: ${invalidRequest(parsed.issues).message}`,
  );
}

/** What an admin should know of the patterns in a policy; nothing if the catalog can't be read. */
export async function warningsOf(env: Env, path: string, policy: Parameters<typeof patternLists>[1]): Promise<Warned> {
  const lists = patternLists(path, policy);
  if (lists.length === 0) return {};
  const parsed = await currentParsed(env);
  return parsed.kind === 'catalog' ? warnedOf(lists, parsed.catalog) : {};
}

async function currentParsed(env: Env): Promise<ParsedCatalog> {
  const { version, document } = await currentCatalog(env);
  return parseStoredCatalog({ ...document, version }, configuration(env));
}

async function currentCatalog(env: Env): Promise<{ readonly version: number; readonly document: JsonObject }> {
  const stored = await askDirectory(env, (directory) => directory.catalog());
  if (stored === undefined) return { version: 0, document: jsonObject(bundledDocument) };
  return { version: stored.version, document: jsonObject(parseJson(stored.document)) };
}

/** Throws if nothing was written, or if not everyone has it yet. */
function writtenAnswer(env: Env, outcome: CatalogOutcome): Answer<CatalogView> {
  switch (outcome.kind) {
    case 'done':
      forgetCatalog(env);
      return writtenView(env, outcome.version, jsonObject(parseJson(outcome.document)));
    case 'stored':
      forgetCatalog(env);
      throw storedOnly('the store that it is read from');
    case 'version-mismatch':
      throw versionMismatch('The catalog', outcome.version);
    case 'invalid':
    case 'too-large':
      return refuse(outcome);
  }
}

/** With warnings about the plans in it. */
function writtenView(env: Env, version: number, document: JsonObject): Answer<CatalogView> {
  const parsed = parseCatalog(document, configuration(env));
  if (parsed.kind === 'invalid') return catalogAnswer(version, document);
  const { catalog } = parsed;
  const lists = [...catalog.plans].flatMap(([name, { limits }]) =>
    limits.map(({ scope }, at): PatternList => ({
      path: pathText(['plans', name, 'limits', at, 'models']),
      patterns: scope?.models ?? [],
    })),
  );
  return catalogAnswer(version, document, warnedOf(lists, catalog));
}

function refuse(checked: Exclude<CheckedCatalog, { kind: 'document' }>): never {
  if (checked.kind === 'invalid') throw invalidRequest(checked.issues);
  const message = `The catalog would be larger than ${catalogBytesMax} bytes: leave out models.`;
  throw new GatewayError('request_too_large', message);
}

/** What JSON makes of it. Over RPC it may be something else, such as a Date. */
function jsonObject(input: unknown): JsonObject {
  const value = input === undefined ? null : parseJson(JSON.stringify(input));
  if (isJsonObject(value)) return value;
  throw invalidRequest([{ path: '', message: 'must be a JSON object' }]);
}

function catalogAnswer(version: number, document: JsonObject, warnings: Warned = {}): Answer<CatalogView> {
  return { data: { version, ...warnings, ...document }, version };
}
