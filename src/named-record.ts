import * as v from 'valibot';

/**
 * Values by names that users choose. Valibot's own record silently drops `__proto__`, `prototype` and `constructor`.
 * This one keeps the last two. It refuses `__proto__`, with its path, because a value assigned to that name is lost.
 */
export function namedRecord<const Value extends v.GenericSchema>(nameSchema: v.GenericSchema<string>, values: Value) {
  return v.pipe(
    v.custom<Record<string, v.InferInput<Value>>>(isObject, 'must be an object'),
    v.rawTransform(({ dataset: { value: input }, addIssue, NEVER }): Record<string, v.InferOutput<Value>> => {
      const entries: [string, v.InferOutput<Value>][] = [];
      const faults: [here: v.ObjectPathItem, Problem][] = [];
      for (const [name, value] of Object.entries(input)) {
        const at = (origin: 'key' | 'value') => ({ type: 'object', origin, input, key: name, value }) as const;
        const ofName = name === '__proto__' ? noName : (v.safeParse(nameSchema, name).issues ?? []);
        faults.push(...ofName.map((problem): [v.ObjectPathItem, Problem] => [at('key'), problem]));
        const parsed = v.safeParse(values, value);
        if (parsed.success) entries.push([name, parsed.output]);
        else faults.push(...parsed.issues.map((problem): [v.ObjectPathItem, Problem] => [at('value'), problem]));
      }
      if (faults.length === 0) return Object.fromEntries(entries);
      for (const [here, { message, path = [], expected, received }] of faults) {
        addIssue({
          message,
          path: [here, ...path],
          ...(typeof expected === 'string' ? { expected } : {}),
          ...(received === undefined ? {} : { received }),
        });
      }
      return NEVER;
    }),
  );
}

type Problem = Pick<v.BaseIssue<unknown>, 'message'> &
  Partial<Pick<v.BaseIssue<unknown>, 'path' | 'expected' | 'received'>>;

const noName: readonly Problem[] = [{ message: 'can not be a name: choose another' }];

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
