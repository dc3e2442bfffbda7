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
import { type PatternList, type Warned, warnedOf } from './name-warnings.ts';

/** What is written. It is checked as a whole where it is kept. */
export const catalogInput = v.custom<JsonObject>(isJsonObject);

/** The catalog as it was written, with its version: 0 is the bundled one, which serves until one is written. */
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
 * Merges into what was last written, as JSON merge patch (RFC 7386), and checks the whole of what comes of it. That is
 * done where the catalog is kept: so no patch is in another's way.
 */
export async function patchCatalog(
  { env, who }: AdminContext,
  input: JsonObject,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<CatalogView>> {
  const patch = JSON.stringify(jsonObject(input));
  return writtenAnswer(env, await askDirectory(env, (directory) => directory.patchCatalog(patch, ifVersion, who)));
}

/** The newest catalog, whether or not the copies that requests are planned with have it by now. */
export async function parsedCatalog(env: Env): Promise<Catalog> {
  const parsed = await currentParsed(env);
  if (parsed.kind === 'catalog') return parsed.catalog;
  throw new GatewayError(
    'configuration_error',
    `The catalog that was written is not valid now: ${invalidRequest(parsed.issues).message}`,
  );
}

/** What is to be told of patterns for models beside what was written; nothing where the catalog can't be read. */
export async function warningsOf(env: Env, lists: readonly PatternList[]): Promise<Warned> {
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

/** What a write came to, as it is answered: or thrown, where nothing was written, or not everyone has it yet. */
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

/** With what is to be told of the plans in it. */
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

/** What JSON makes of it: over RPC, something else may come. */
function jsonObject(input: unknown): JsonObject {
  const value = input === undefined ? null : parseJson(JSON.stringify(input));
  if (isJsonObject(value)) return value;
  throw invalidRequest([{ path: '', message: 'must be a JSON object' }]);
}

function catalogAnswer(version: number, document: JsonObject, warned: Warned = {}): Answer<CatalogView> {
  return { data: { version, ...warned, ...document }, version };
}
