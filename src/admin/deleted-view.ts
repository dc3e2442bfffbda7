import * as v from 'valibot';

/** What is answered of something that was deleted. */
export const deletedView = v.strictObject({ id: v.string(), deleted: v.literal(true) });
