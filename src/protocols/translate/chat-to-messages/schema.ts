import { type JsonRecord, asList, asRecord, asText } from '../../json/json-value.ts';

/**
 * Makes of a JSON schema one that Anthropic can hold a model to: every object is closed, and what it can't enforce
 * stands in the description, where the model reads it. Undefined where it can't hold a model to the schema: objects
 * whose names aren't known beforehand, and schemas that contain themselves.
 */
export function closedSchema(schema: JsonRecord): JsonRecord | undefined {
  return refersToItself(schema) ? undefined : closed(schema);
}

const formats = new Set(['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']);
const unenforced = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'format',
]);
/** Fields that hold schemas by name. */
const named = new Set(['properties', '$defs', 'definitions']);
const lists = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const unknowable = new Set(['patternProperties', 'propertyNames', 'unevaluatedProperties', 'if', 'not', 'contains']);

function closed(schema: JsonRecord): JsonRecord | undefined {
  const result = new Map<string, unknown>();
  const said: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (unknowable.has(name)) return undefined;
    if (unenforced.has(name) && !isEnforced(name, value)) said.push(`${name}: ${JSON.stringify(value)}`);
    else {
      const made = closedMember(name, value);
      if (made === undefined) return undefined;
      result.set(name === 'oneOf' ? 'anyOf' : name, made.value);
    }
  }
  if (said.length > 0) {
    result.set('description', [asText(schema['description']), `{${said.join(', ')}}`].join(' ').trim());
  }
  if (!isObject(schema)) return Object.fromEntries(result);
  return isMap(schema) ? undefined : { ...Object.fromEntries(result), additionalProperties: false };
}

/** A member of a schema, with its own schemas closed. */
function closedMember(name: string, value: unknown): { readonly value: unknown } | undefined {
  if (named.has(name)) {
    const schemas = Object.entries(asRecord(value) ?? {}).map(([key, each]) => [key, closedAny(each)] as const);
    return schemas.some(([, each]) => each === undefined) ? undefined : { value: Object.fromEntries(schemas) };
  }
  if (lists.has(name)) {
    const schemas = asList(value).map((each) => closedAny(each));
    return schemas.includes(undefined) ? undefined : { value: schemas };
  }
  if (name !== 'items') return { value };
  const items = closedAny(value);
  return items === undefined ? undefined : { value: items };
}

function closedAny(value: unknown): unknown {
  const schema = asRecord(value);
  return schema === undefined ? value : closed(schema);
}

function isEnforced(name: string, value: unknown): boolean {
  if (name === 'format') return typeof value === 'string' && formats.has(value);
  return name === 'minItems' && (value === 0 || value === 1);
}

function isObject({ type, properties }: JsonRecord): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || properties !== undefined;
}

/** Whether the model chooses its names. */
function isMap({ properties, additionalProperties: others, ...schema }: JsonRecord): boolean {
  if (others === false) return false;
  if (others !== undefined && others !== true) return true;
  const isComposed = ['anyOf', 'oneOf', 'allOf', '$ref'].some((name) => name in schema);
  return Object.keys(asRecord(properties) ?? {}).length === 0 && !(others === undefined && (isComposed || properties));
}

/**
 * Takes time that grows only with the size of the schema: however long a chain of references, nothing is seen twice.
 */
function refersToItself(schema: JsonRecord): boolean {
  const { $defs: _, definitions: __, ...root } = schema;
  const places = ['$defs', 'definitions'].flatMap((place) =>
    Object.entries(asRecord(schema[place]) ?? {}).map(([name, each]) => [`#/${place}/${name}`, each] as const),
  );
  const referencesOf = new Map<string, ReadonlySet<string>>(
    places.map(([place, each]) => [place, new Set(referencesIn(each))]),
  );
  if (referencesIn(root).includes('#') || [...referencesOf.values()].some((each) => each.has('#'))) return true;
  // A schema that none refers to is in no circle. Such schemas are left out until none is left, or only circles.
  const referrers = new Map<string, number>();
  for (const references of referencesOf.values()) {
    for (const place of references) referrers.set(place, (referrers.get(place) ?? 0) + 1);
  }
  const free = [...referencesOf.keys()].filter((place) => !referrers.has(place));
  for (const place of free) {
    for (const other of referencesOf.get(place) ?? []) {
      const left = (referrers.get(other) ?? 0) - 1;
      referrers.set(other, left);
      if (left === 0 && referencesOf.has(other)) free.push(other);
    }
  }
  return free.length < referencesOf.size;
}

/** The schemas that a value refers to. Its depth is bounded, so this may recurse. */
function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]: [string, unknown]) =>
    name === '$ref' && typeof each === 'string' ? [each] : referencesIn(each),
  );
}
