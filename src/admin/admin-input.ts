import * as v from 'valibot';
import { invalidRequest, issuesOf } from '../http/issue.ts';
import { emailCharsMax, nameCharsMax } from '../limits.ts';
import { policyFields, policyPatchSchema, policySchema } from '../core/account/policy.ts';

/** What admins may send. A refusal names the field and says what it must be. */

const email = v.pipe(
  v.string(),
  v.maxLength(emailCharsMax, `must be at most ${emailCharsMax} characters`),
  v.email('must be an email address, such as "ada@example.com"'),
);

const organization = v.pipe(
  v.string(),
  v.maxLength(nameCharsMax, `must be at most ${nameCharsMax} characters`),
  v.regex(/^[\w.-]+$/, 'must be letters, digits, ".", "_" and "-", such as "acme"'),
);

const keyName = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(nameCharsMax, `must be at most ${nameCharsMax} characters`),
);

export const newUserSchema = v.strictObject({
  email,
  organization: v.optional(organization),
  policy: v.optional(policySchema, {}),
});

export const userChangeSchema = v.strictObject({
  email: v.optional(email),
  organization: v.optional(v.nullable(organization)),
  policy: v.optional(policyPatchSchema),
});

/** A `test` key reaches only the `echo` provider. The fields of the policy stand beside it. */
export const newKeySchema = v.strictObject({
  name: v.optional(keyName, 'unnamed'),
  test: v.optional(v.boolean(), false),
  ...policyFields.entries,
});

export const keyChangeSchema = v.strictObject({ name: v.optional(keyName), ...policyPatchSchema.entries });

export type NewUser = v.InferOutput<typeof newUserSchema>;
export type UserChange = v.InferOutput<typeof userChangeSchema>;
export type NewKey = v.InferOutput<typeof newKeySchema>;
export type KeyChange = v.InferOutput<typeof keyChangeSchema>;

export function parseInput<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  // To valibot's objects an empty list is an object without fields. The catalog's schema refuses lists itself.
  if (schema.type !== 'custom' && Array.isArray(input))
    throw invalidRequest([{ path: '', message: 'must be a JSON object, not a list' }]);
  const parsed = v.safeParse(schema, input);
  if (!parsed.success) throw invalidRequest(issuesOf(parsed.issues));
  return parsed.output;
}
