import * as v from 'valibot';
import { invalidRequest, issuesOf } from '../http/issue.ts';
import { emailCharsMax, nameCharsMax } from '../limits.ts';
import { policyFields, policyPatchSchema, policySchema } from '../core/account/policy.ts';

/** What admins may send. Parsed once, where it comes in, and refused with the name of the field and what it must be. */

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

/** `test` makes a key that reaches only the `echo` provider. Every field of a policy stands beside it. */
export const newKeySchema = v.strictObject({
  name: v.optional(keyName, 'unnamed'),
  test: v.optional(v.boolean(), false),
  ...policyFields.entries,
});

export const keyChangeSchema = v.strictObject({ name: v.optional(keyName), ...policyPatchSchema.entries });

export type NewUserInput = v.InferInput<typeof newUserSchema>;
export type UserChangeInput = v.InferInput<typeof userChangeSchema>;
export type NewKeyInput = v.InferInput<typeof newKeySchema>;
export type KeyChangeInput = v.InferInput<typeof keyChangeSchema>;

export function parseInput<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  // To valibot, an empty list is an object without fields.
  if (Array.isArray(input)) throw invalidRequest([{ path: '', message: 'must be a JSON object, not a list' }]);
  const parsed = v.safeParse(schema, input);
  if (!parsed.success) throw invalidRequest(issuesOf(parsed.issues));
  return parsed.output;
}
