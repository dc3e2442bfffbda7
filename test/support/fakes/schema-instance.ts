import { asList, asRecord } from './json.ts';

/** A value that a JSON Schema accepts, the same each time. */
export function schemaInstance(schema: unknown, root: unknown = schema, depth = 0): unknown {
  const fields = asRecord(schema) ?? {};
  const reference = fields['$ref'];
  if (typeof reference === 'string' && depth < depthMax) return schemaInstance(find(root, reference), root, depth + 1);
  if ('const' in fields) return fields['const'];
  const [choice] = asList(fields['enum']);
  if (choice !== undefined) return choice;
  const [alternative] = [...asList(fields['anyOf']), ...asList(fields['oneOf'])];
  if (alternative !== undefined) return schemaInstance(alternative, root, depth + 1);
  if (Array.isArray(fields['allOf'])) return allOf(fields['allOf'], root, depth);
  return instanceOf(fields, root, depth);
}

const depthMax = 8;

function instanceOf(fields: Readonly<Record<string, unknown>>, root: unknown, depth: number): unknown {
  const type: unknown = Array.isArray(fields['type']) ? fields['type'][0] : fields['type'];
  switch (type) {
    case 'string':
      return 'text'.padEnd(Number(fields['minLength'] ?? 0), 'x').slice(0, Number(fields['maxLength'] ?? Infinity));
    case 'integer':
    case 'number':
      return Number(fields['minimum'] ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array': {
      const least = Number(fields['minItems'] ?? (depth < depthMax ? 1 : 0));
      return Array.from({ length: least }, () => schemaInstance(fields['items'], root, depth + 1));
    }
    default:
      return objectOf(fields, root, depth);
  }
}

function objectOf(fields: Readonly<Record<string, unknown>>, root: unknown, depth: number): unknown {
  const required = new Set(asList(fields['required']));
  const properties = Object.entries(asRecord(fields['properties']) ?? {});
  // A schema that refers to itself must end.
  const kept = properties.filter(([name]) => depth < depthMax / 2 || required.has(name));
  return Object.fromEntries(kept.map(([name, property]) => [name, schemaInstance(property, root, depth + 1)]));
}

function allOf(schemas: readonly unknown[], root: unknown, depth: number): unknown {
  return Object.assign({}, ...schemas.map((schema) => asRecord(schemaInstance(schema, root, depth + 1)) ?? {}));
}

/** `#/$defs/name`. */
function find(root: unknown, reference: string): unknown {
  const path = reference.split('/').slice(1);
  return path.reduce<unknown>((value, name) => asRecord(value)?.[name.replaceAll('~1', '/')], root);
}
