import * as v from 'valibot';
import { answerIfAny } from '../answer-within.ts';
import type { KeyRecord } from '../actors/directory/directory-protocol.ts';
import { configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { verifyKey } from '../identity/api-key.ts';
import { pushWaitMs } from '../limits.ts';
import { type AdminContext, type Answer, type UpdateOptions, askDirectory } from './admin-context.ts';
import type { KeyChange } from './admin-input.ts';
import { changeKey, keyOf, keyView, revokeKey } from './key-operations.ts';
import { keyUsage, keyUsageOf, type keyUsageView } from './usage-operations.ts';

/** Keys by their own id, whosever they are. */

/** A key with the id of its user. */
export const apiKeyView = v.strictObject({ ...keyView.entries, user: v.string() });

export const keyResetView = v.strictObject({ id: v.string(), reset: v.literal(true) });

type ApiKeyView = v.InferOutput<typeof apiKeyView>;

export async function getApiKey({ env }: AdminContext, id: string): Promise<Answer<ApiKeyView>> {
  const record = await find({ env }, id);
  return { data: { ...keyOf(record), user: record.userId }, version: record.version };
}

export async function changeApiKey(
  context: AdminContext,
  id: string,
  change: KeyChange,
  options?: UpdateOptions,
): Promise<Answer<ApiKeyView>> {
  const { userId } = await find(context, id);
  return withUser(userId, await changeKey(context, userId, id, change, options));
}

export async function revokeApiKey(
  context: AdminContext,
  id: string,
  options?: UpdateOptions,
): Promise<Answer<ApiKeyView>> {
  const { userId } = await find(context, id);
  return withUser(userId, await revokeKey(context, userId, id, options));
}

/** Revokes a key by its text: for one that was found where it should not be. */
export async function revokeApiKeyByText(
  context: AdminContext,
  { key }: { readonly key: string },
): Promise<Answer<ApiKeyView>> {
  const verified = await verifyKey(key, configuration(context.env).keySecrets);
  if (verified !== undefined) return revokeApiKey(context, verified.id);
  const message = 'key: this is no key of this Weir. Give all of it, from "weir_" to its end.';
  throw new GatewayError('invalid_request', message, { param: 'key' });
}

export async function apiKeyUsage(
  { env }: AdminContext,
  id: string,
): Promise<Answer<v.InferOutput<typeof keyUsageView>>> {
  return { data: keyUsageOf(await keyUsage(env, await find({ env }, id))) };
}

/** Forgets what was posted under the key's limits. Its usage still shows what it spent. */
export async function resetApiKeyQuota(
  { env, who }: AdminContext,
  id: string,
): Promise<Answer<v.InferOutput<typeof keyResetView>>> {
  const { activatedAtMs } = await find({ env }, id);
  const entry = { who, action: 'key.quota-reset', subject: id, details: {} };
  await askDirectory(env, (directory) => directory.recordChange(entry));
  // A key that was never used has nothing to forget.
  const reset = activatedAtMs === undefined || (await answerIfAny(pushWaitMs, env.TENANT.getByName(id).reset()));
  if (reset !== undefined) return { data: { id, reset: true } };
  const message = 'The account of this key could not be reached: repeat this to reset it.';
  throw new GatewayError('ledger_unavailable', message, { retryAfterMs: 1000, shouldRetry: true });
}

async function find({ env }: Pick<AdminContext, 'env'>, id: string): Promise<KeyRecord> {
  const record = await askDirectory(env, (directory) => directory.anyKey(id));
  if (record !== undefined) return record;
  const message = `There is no key "${id}". GET /admin/users/{user}/api-keys lists those of a user.`;
  throw new GatewayError('not_found', message);
}

function withUser<T extends object>(user: string, { data, ...rest }: Answer<T>): Answer<T & { user: string }> {
  return { data: { ...data, user }, ...rest };
}
