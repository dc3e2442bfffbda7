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
  versionMismatch,
} from './admin-context.ts';
import { type KeyChangeInput, type NewKeyInput, keyChangeSchema, newKeySchema, parseInput } from './admin-input.ts';
import { warningsOf } from './catalog-operations.ts';
import { patternLists, warned } from './name-warnings.ts';
import { timeText } from '../actors/directory/time-text.ts';
import type { KeyChange, KeyOutcome, KeyRecord, KeyRef } from '../actors/directory/directory-protocol.ts';
import { type Page, type PageInput, pageView, parsePage } from './page-query.ts';
import { noSuchUser } from './user-operations.ts';

export const keyView = v.strictObject({
  id: v.string(),
  name: v.string(),
  /** Present on a key that reaches only the `echo` provider. */
  test: v.exactOptional(v.literal(true)),
  policy: storedPolicySchema,
  createdAt: v.string(),
  /** Present while a change of it is on its way to its account. */
  pending: v.exactOptional(v.literal(true)),
  ...warned.entries,
});

/** The only answer that has the key itself: it is kept nowhere. */
export const newKeyView = v.strictObject({ key: v.string(), ...keyView.entries });

type KeyView = v.InferOutput<typeof keyView>;
type NewKeyView = v.InferOutput<typeof newKeyView>;

export async function createKey(
  { env, who }: AdminContext,
  userId: string,
  input: NewKeyInput,
): Promise<Answer<NewKeyView>> {
  const { name, test, ...policy } = parseInput(newKeySchema, input);
  const told = await warningsOf(env, patternLists('', policy));
  const { keySecrets } = configuration(env);
  const { id, text, secretHash } = await makeKey(newKeyId(), test, keySecrets);
  const outcome = await askDirectory(env, (directory) =>
    directory.createKey({ id, userId, name, test, secretHash, policy }, who),
  );
  switch (outcome.kind) {
    case 'done': {
      const { id: _, ...view } = keyOf(outcome.record);
      return { data: { id, key: text, ...view, ...told }, version: outcome.record.version };
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
  page: PageInput = {},
): Promise<Answer<Page<KeyView>>> {
  const request = parsePage(page);
  const records = await askDirectory(env, (directory) => directory.keys(userId, request));
  if (records === undefined) throw noSuchUser(userId);
  return { data: pageView(records, keyOf) };
}

export async function getKey({ env }: AdminContext, userId: string, id: string): Promise<Answer<KeyView>> {
  const ref = { userId, id };
  const record = await askDirectory(env, (directory) => directory.key(ref.userId, ref.id));
  if (record === undefined) throw noSuchKey(ref);
  return { data: keyOf(record), version: record.version };
}

/** In force, in every isolate, from the first request after this has answered. */
export async function changeKey(
  context: AdminContext,
  userId: string,
  id: string,
  input: KeyChangeInput,
  options: UpdateOptions = {},
): Promise<Answer<KeyView>> {
  const { name, ...policy } = parseInput(keyChangeSchema, input);
  const told = await warningsOf(context.env, patternLists('', policy));
  const { data, ...rest } = await applyKeyChange(
    context,
    { userId, id },
    name === undefined ? { policy } : { name, policy },
    options,
  );
  return { data: { ...data, ...told }, ...rest };
}

/** For ever. The key stays in listings, with what it has spent. */
export async function revokeKey(
  context: AdminContext,
  userId: string,
  id: string,
  options: UpdateOptions = {},
): Promise<Answer<KeyView>> {
  return applyKeyChange(context, { userId, id }, { policy: { status: 'revoked' } }, options);
}

async function applyKeyChange(
  { env, who }: AdminContext,
  ref: KeyRef,
  change: KeyChange,
  { ifVersion }: UpdateOptions,
): Promise<Answer<KeyView>> {
  const outcome = await askDirectory(env, (directory) => directory.changeKey(ref, change, ifVersion, who));
  return keyAnswer(ref, outcome);
}

function keyAnswer(ref: KeyRef, outcome: KeyOutcome): Answer<KeyView> {
  switch (outcome.kind) {
    case 'done':
      return { data: keyOf(outcome.record), version: outcome.record.version };
    case 'missing':
      throw noSuchKey(ref);
    case 'version-mismatch':
      throw versionMismatch('This key', outcome.version);
    case 'stored':
      throw storedOnly("the key's account");
    case 'revoked':
      throw new GatewayError('conflict', 'This key is revoked, which is for ever: make another one.');
    case 'too-many-counters':
      throw new GatewayError(
        'invalid_request',
        'limits name more windows, models and endpoints than one key may ever have: nothing was changed. ' +
          'Name ones that this key has had before, or make another key.',
        { param: 'limits' },
      );
  }
}

function noSuchKey({ userId, id }: KeyRef): GatewayError {
  const message = `User "${userId}" has no key "${id}". GET /admin/users/${userId}/api-keys lists them.`;
  return new GatewayError('not_found', message);
}

function keyOf({ id, name, test, policy, createdAtMs, pending }: KeyRecord): KeyView {
  return {
    id,
    name,
    ...(test ? { test } : {}),
    policy,
    createdAt: timeText(createdAtMs),
    ...(pending ? { pending } : {}),
  };
}
