import * as v from 'valibot';

/** What is answered of something that was deleted. */
export const deletedView = v.strictObject({
  id: v.string(),
  deleted: v.literal(true),
  /** How many keys have not heard of it yet. They will. */
  pending: v.exactOptional(v.number()),
});
