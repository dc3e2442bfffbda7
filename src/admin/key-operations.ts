import * as v from 'valibot';
import { configuration } from '../env.ts';
import { GatewayError } from '../http/errors.ts';
import { makeKey, newKeyId } from '../identity/api-key.ts';
import { keysPerUserMax } from '../limits.ts';
import { storedPolicySchema } from '../core/account/policy.ts';
import {
  type AdminContext,
  type Answer,
  type UpdateOptions,
  askDirectory,
  storedOnly,
  tooManyCounters,
  versionMismatch,
} from './admin-context.ts';
import type { KeyChange, NewKey } from './admin-input.ts';
import { warningsOf } from './catalog-operations.ts';
import { warned } from './name-warnings.ts';
import { timeText } from '../actors/directory/time-text.ts';
import type { KeyChange as StoredKeyChange, KeyRecord, PageRequest } from '../actors/directory/directory-protocol.ts';
import { type Page, pageView } from './page-query.ts';
import { noSuchUser } from './user-operations.ts';

export const keyView = v.strictObject({
  id: v.string(),
  name: v.string(),
  /** Present on a key that reaches only the `echo` provider. */
  test: v.exactOptional(v.literal(true)),
  policy: storedPolicySchema,
  createdAt: v.string(),
  /** Present while a change is on its way to the key's account. */
  pending: v.exactOptional(v.literal(true)),
  ...warned.entries,
});

/** The only answer with the key itself. Weir keeps it nowhere. */
export const newKeyView = v.strictObject({ key: v.string(), ...keyView.entries });

type KeyView = v.InferOutput<typeof keyView>;
type NewKeyView = v.InferOutput<typeof newKeyView>;

export async function createKey(
  { env, who }: AdminContext,
  userId: string,
  { name, test, ...policy }: NewKey,
): Promise<Answer<NewKeyView>> {
  const warnings = await warningsOf(env, '', policy);
  const { keySecrets } = configuration(env);
  const { id, text, secretHash } = await makeKey(newKeyId(), test, keySecrets);
  const outcome = await askDirectory(env, (directory) =>
    directory.createKey({ id, userId, name, test, secretHash, policy }, who),
  );
  switch (outcome.kind) {
    case 'done': {
      const { id: _, ...view } = keyOf(outcome.record);
      return { data: { id, key: text, ...view, ...warnings }, version: outcome.record.version };
    }
    case 'missing':
      throw noSuchUser(userId);
    case 'too-many-keys':
      throw new GatewayError(
        'conflict',
        `This user has had ${keysPerUserMax} keys, which is the most that one may ever have: make another user.`,
      );
  }
}

export async function listKeys(
  { env }: AdminContext,
  userId: string,
  page: PageRequest,
): Promise<Answer<Page<KeyView>>> {
  const records = await askDirectory(env, (directory) => directory.keys(userId, page));
  if (records === undefined) throw noSuchUser(userId);
  return { data: pageView(records, keyOf) };
}

export async function getKey({ env }: AdminContext, userId: string, id: string): Promise<Answer<KeyView>> {
  const record = await askDirectory(env, (directory) => directory.key(userId, id));
  if (record === undefined) throw noSuchKey(userId, id);
  return { data: keyOf(record), version: record.version };
}

/** Every isolate obeys the change from the first request after this has answered. */
export async function changeKey(
  context: AdminContext,
  userId: string,
  id: string,
  { name, ...policy }: KeyChange,
  options?: UpdateOptions,
): Promise<Answer<KeyView>> {
  const warnings = await warningsOf(context.env, '', policy);
  const change = name === undefined ? { policy } : { name, policy };
  const { data, ...rest } = await applyChange(context, userId, id, change, options);
  return { data: { ...data, ...warnings }, ...rest };
}

/** For ever. Listings keep the key, with what it has spent. */
export async function revokeKey(
  context: AdminContext,
  userId: string,
  id: string,
  options?: UpdateOptions,
): Promise<Answer<KeyView>> {
  return applyChange(context, userId, id, { policy: { status: 'revoked' } }, options);
}

async function applyChange(
  { env, who }: AdminContext,
  userId: string,
  id: string,
  change: StoredKeyChange,
  { ifVersion }: UpdateOptions = {},
): Promise<Answer<KeyView>> {
  const outcome = await askDirectory(env, (directory) => directory.changeKey({ userId, id }, change, ifVersion, who));
  switch (outcome.kind) {
    case 'done':
      return { data: keyOf(outcome.record), version: outcome.record.version };
    case 'missing':
      throw noSuchKey(userId, id);
    case 'version-mismatch':
      throw versionMismatch('This key', outcome.version);
    case 'stored':
      throw storedOnly("the key's account");
    case 'revoked':
      throw new GatewayError('conflict', 'This key is revoked, which is for ever: make another one.');
    case 'too-many-counters':
      throw tooManyCounters('key', 'limits');
  }
}

function noSuchKey(userId: string, id: string): GatewayError {
  const message = `User "${userId}" has no key "${id}". GET /admin/users/${userId}/api-keys lists them.`;
  return new GatewayError('not_found', message);
}

export function keyOf({ id, name, test, policy, createdAtMs, pending }: KeyRecord): KeyView {
  return {
    id,
    name,
    ...(test ? { test } : {}),
    policy,
    createdAt: timeText(createdAtMs),
    ...(pending ? { pending } : {}),
  };
}
