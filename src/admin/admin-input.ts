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

const text = v.pipe(
  v.string(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(nameCharsMax, `must be at most ${nameCharsMax} characters`),
);

/** Not like an id, so that nobody takes the one for the other. */
const organizationName = v.pipe(
  text,
  v.regex(/^[^\p{C}]*$/u, 'must not have control characters'),
  v.regex(/^\S(.*\S)?$/u, 'must not begin or end with a space'),
  v.regex(/^(?!o_)/, 'must not begin with "o_", as ids do'),
);

/** One that there is: its id, or a name that no other has. */
const organization = text;

const noPlan = 'is for keys: give the organization limits of its own';
const organizationPolicy = v.pipe(
  policySchema,
  v.forward(
    v.check(({ plan }) => plan === undefined, noPlan),
    ['plan'],
  ),
);
const organizationPolicyPatch = v.pipe(
  policyPatchSchema,
  v.forward(
    v.check(({ plan }) => plan === undefined, noPlan),
    ['plan'],
  ),
);

export const newOrganizationSchema = v.strictObject({
  name: organizationName,
  parent: v.optional(organization),
  externalId: v.optional(text),
  policy: v.optional(organizationPolicy, {}),
});

export const organizationChangeSchema = v.strictObject({
  name: v.optional(organizationName),
  externalId: v.optional(v.nullable(text)),
  policy: v.optional(organizationPolicyPatch),
});

export const newUserSchema = v.strictObject({
  email: v.optional(email),
  organization: v.optional(organization),
  externalId: v.optional(text),
  policy: v.optional(policySchema, {}),
});

export const userChangeSchema = v.strictObject({
  email: v.optional(v.nullable(email)),
  organization: v.optional(v.nullable(organization)),
  externalId: v.optional(v.nullable(text)),
  policy: v.optional(policyPatchSchema),
});

/** `q` is a part of an address or a name, in capitals or not. */
export const userFilters = v.strictObject({
  email: v.optional(text),
  organization: v.optional(organization),
  status: v.optional(v.picklist(['active', 'suspended', 'revoked'], 'must be active, suspended or revoked')),
  externalId: v.optional(text),
  q: v.optional(text),
});

export const organizationFilters = v.strictObject({
  parent: v.optional(organization),
  externalId: v.optional(text),
  q: v.optional(text),
});

/** A `test` key reaches only the `echo` provider. The fields of the policy stand beside it. */
export const newKeySchema = v.strictObject({
  name: v.optional(text, 'unnamed'),
  test: v.optional(v.boolean(), false),
  ...policyFields.entries,
});

export const keyTextSchema = v.strictObject({ key: text });

export const keyChangeSchema = v.strictObject({ name: v.optional(text), ...policyPatchSchema.entries });

export type NewOrganization = v.InferOutput<typeof newOrganizationSchema>;
export type OrganizationChange = v.InferOutput<typeof organizationChangeSchema>;
export type NewUser = v.InferOutput<typeof newUserSchema>;
export type UserFilters = v.InferOutput<typeof userFilters>;
export type OrganizationFilters = v.InferOutput<typeof organizationFilters>;
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
