import { bundledDocument } from '../catalog/bundled.ts';
import { parseCatalog } from '../catalog/parse-catalog.ts';
import { forgetCatalog } from '../catalog/read-catalog.ts';
import type { Catalog } from '../catalog/schema.ts';
import { type Env, configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { invalidRequest } from '../http/issue.ts';
import { catalogBytesMax } from '../limits.ts';
import {
  type AdminContext,
  type Answer,
  type UpdateOptions,
  askDirectory,
  storedOnly,
  versionMismatch,
} from './admin-context.ts';
import { isExpected } from './account-change.ts';
import { type JsonObject, isJsonObject, parseJson } from './json.ts';
import { mergePatch } from './merge-patch.ts';

/** The catalog as it was written, with its version: 0 is the bundled one, which serves until one is written. */
export type CatalogView = JsonObject & { readonly version: number };

/** How often a patch without a condition is made again because the catalog changed under it. */
const patchTriesMax = 5;

export async function getCatalog({ env }: AdminContext): Promise<Answer<CatalogView>> {
  const { version, document } = await currentCatalog(env);
  return catalogAnswer(version, document);
}

export async function putCatalog(
  context: AdminContext,
  input: unknown,
  options: UpdateOptions = {},
): Promise<Answer<CatalogView>> {
  const document = parseDocument(context.env, input);
  const outcome = await writeCatalog(context, document, options);
  if (outcome.kind === 'version-mismatch') throw versionMismatch('The catalog', outcome.version);
  return catalogAnswer(outcome.version, document);
}

/** Merges into what was last written, as JSON merge patch (RFC 7386), and checks the whole of what comes of it. */
export async function patchCatalog(
  context: AdminContext,
  input: unknown,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<CatalogView>> {
  const patch = jsonObject(input);
  for (let tries = 1; ; tries += 1) {
    const before = await currentCatalog(context.env);
    if (!isExpected(before.version, ifVersion)) throw versionMismatch('The catalog', before.version);
    const document = parseDocument(context.env, mergePatch(before.document, patch));
    const outcome = await writeCatalog(context, document, { ifVersion: [before.version] });
    if (outcome.kind === 'done') return catalogAnswer(outcome.version, document);
    if (ifVersion !== undefined || tries === patchTriesMax) throw versionMismatch('The catalog', outcome.version);
  }
}

/** The newest catalog, whether or not the copies that requests are planned with have it by now. */
export async function parsedCatalog(env: Env): Promise<Catalog> {
  const { version, document } = await currentCatalog(env);
  const parsed = parseCatalog({ ...document, version }, configuration(env));
  if (parsed.kind === 'catalog') return parsed.catalog;
  throw new GatewayError(
    'configuration_error',
    `The catalog that was written is not valid now: ${invalidRequest(parsed.issues).message}`,
  );
}

async function currentCatalog(env: Env): Promise<{ readonly version: number; readonly document: JsonObject }> {
  const stored = await askDirectory(env, (directory) => directory.catalog());
  if (stored === undefined) return { version: 0, document: jsonObject(bundledDocument) };
  return { version: stored.version, document: jsonObject(parseJson(stored.document)) };
}

/** Throws what is wrong with a document, by path. */
function parseDocument(env: Env, input: unknown): JsonObject {
  const document = withoutVersion(jsonObject(input));
  const parsed = parseCatalog(document, configuration(env));
  if (parsed.kind === 'invalid') throw invalidRequest(parsed.issues);
  return document;
}

async function writeCatalog(
  { env, who }: AdminContext,
  document: JsonObject,
  { ifVersion }: UpdateOptions,
): Promise<{ readonly kind: 'done' | 'version-mismatch'; readonly version: number }> {
  const text = JSON.stringify(document);
  if (new TextEncoder().encode(text).length > catalogBytesMax) {
    throw new GatewayError(
      'request_too_large',
      `The catalog would be larger than ${catalogBytesMax} bytes: leave out models.`,
    );
  }
  const outcome = await askDirectory(env, (directory) => directory.putCatalog(text, ifVersion, who));
  forgetCatalog(env);
  if (outcome.kind === 'stored') throw storedOnly('the store that it is read from');
  return outcome;
}

/** What JSON makes of it: over RPC, something else may come. */
function jsonObject(input: unknown): JsonObject {
  const value = input === undefined ? null : parseJson(JSON.stringify(input));
  if (isJsonObject(value)) return value;
  throw invalidRequest([{ path: '', message: 'must be a JSON object' }]);
}

function withoutVersion(document: JsonObject): JsonObject {
  const { version: _, ...rest } = document;
  return rest;
}

function catalogAnswer(version: number, document: JsonObject): Answer<CatalogView> {
  return { data: { version, ...document }, version };
}
