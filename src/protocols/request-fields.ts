import * as v from 'valibot';
import { type RequestFault, issuePath } from './json/issue-path.ts';
import { type JsonRecord, asRecord } from './json/json-value.ts';

/** The fields that requests of several protocols are made of. */

export const expected = {
  text: 'must be a string',
  flag: 'must be true or false',
  object: 'must be an object',
  list: 'must be an array',
  number: 'must be a number',
};

export const object = v.custom<JsonRecord>((value) => asRecord(value) !== undefined, expected.object);

export const optional = {
  text: v.nullish(v.string(expected.text)),
  flag: v.nullish(v.boolean(expected.flag)),
  object: v.nullish(object),
  number: v.nullish(v.number(expected.number)),
};

export function listOf<const Item extends v.GenericSchema>(item: Item, max: number) {
  return v.nullish(v.pipe(v.array(item, expected.list), v.maxLength(max, `must hold at most ${max} items`)));
}

/**
 * Fails with the fault that `find` finds. For long lists: a schema for each of ten thousand items would cost more than
 * parsing them.
 */
export function checkedBy<Value>(find: (value: Value) => RequestFault | undefined) {
  return v.rawCheck<Value>(({ dataset, addIssue }) => {
    const fault = dataset.typed ? find(dataset.value) : undefined;
    if (fault !== undefined) addIssue({ message: fault.message, path: issuePath(fault.keys) });
  });
}
