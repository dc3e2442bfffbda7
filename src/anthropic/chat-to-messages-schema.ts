import { type JsonRecord, asList, asRecord, asText } from '../wire/json-value.ts';

/**
 * A JSON schema as Anthropic takes it where it holds a model to one: every object closed, and what it can't enforce
 * said in the description instead, where the model reads it. Undefined where the schema is one that it can't be held
 * to: objects with names that aren't known beforehand, and schemas that contain themselves.
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
/** Schemas by their names. */
const named = new Set(['properties', '$defs', 'definitions']);
const lists = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const unknowable = new Set(['patternProperties', 'propertyNames', 'unevaluatedProperties', 'if', 'not', 'contains']);

function closed(schema: JsonRecord): JsonRecord | undefined {
  const result: Record<string, unknown> = {};
  const said: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (unknowable.has(name)) return undefined;
    if (unenforced.has(name) && !isEnforced(name, value)) said.push(`${name}: ${JSON.stringify(value)}`);
    else {
      const made = closedMember(name, value);
      if (made === undefined) return undefined;
      result[name === 'oneOf' ? 'anyOf' : name] = made.value;
    }
  }
  if (said.length > 0) result['description'] = [asText(schema['description']), `{${said.join(', ')}}`].join(' ').trim();
  if (!isObject(schema)) return result;
  if (isMap(schema)) return undefined;
  return { ...result, additionalProperties: false };
}

/** A member of a schema, with the schemas in it closed. */
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

/** Whether its names are for the model to choose. */
function isMap({ properties, additionalProperties: others, ...schema }: JsonRecord): boolean {
  if (others === false) return false;
  if (others !== undefined && others !== true) return true;
  const isComposed = ['anyOf', 'oneOf', 'allOf', '$ref'].some((name) => name in schema);
  return Object.keys(asRecord(properties) ?? {}).length === 0 && !(others === undefined && (isComposed || properties));
}

function refersToItself(schema: JsonRecord): boolean {
  const definitions = new Map<string, unknown>(
    ['$defs', 'definitions'].flatMap((place) =>
      Object.entries(asRecord(schema[place]) ?? {}).map(([name, each]) => [`#/${place}/${name}`, each] as const),
    ),
  );
  const done = new Set<string>();
  const visit = (value: unknown, open: ReadonlySet<string>): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([name, each]: [string, unknown]) => {
      if (name !== '$ref' || typeof each !== 'string') return visit(each, open);
      if (each === '#' || open.has(each)) return true;
      if (done.has(each)) return false;
      done.add(each);
      return visit(definitions.get(each), new Set([...open, each]));
    });
  };
  const { $defs: _, definitions: __, ...root } = schema;
  return visit(root, new Set()) || [...definitions].some(([ref, each]) => visit(each, new Set([ref])));
}
