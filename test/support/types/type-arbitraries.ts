import fc from 'fast-check';
import { type Checker, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync';

/** Values of a type, of what the type itself says: of each of its variants, with and without each of its fields. */

interface Habits {
  /** What stands under a name, as far as it fits there. */
  readonly values: ReadonlyMap<string, readonly unknown[]>;
  /** Names of fields, and of kinds of objects, that come up once in a while only. */
  readonly seldom: ReadonlySet<string>;
  /** Fields that are always there and lists that are never empty, in the outermost object. */
  readonly always: ReadonlySet<string>;
}

const depthMax = 6;
const absent = Symbol('absent');
/** One in so many. */
const seldomOdds = 40;
const outermostOdds = 4;
const innerOdds = 2;

export class TypeArbitraries {
  readonly #checker: Checker;
  readonly #habits: Habits;
  readonly #known = new Map<string, fc.Arbitrary<unknown>>();

  constructor(checker: Checker, habits: Habits) {
    this.#checker = checker;
    this.#habits = habits;
  }

  /** @param name the field that holds it */
  of(type: Type, depth = 0, name = ''): fc.Arbitrary<unknown> {
    const key = `${type.id} ${depth} ${name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#make(type, depth, name);
    this.#known.set(key, made);
    return made;
  }

  #make(type: Type, depth: number, name: string): fc.Arbitrary<unknown> {
    const kind = this.#freeKind(type);
    if (kind !== undefined) {
      const fitting = this.#habits.values.get(name)?.filter((value) => isOfKind(value, kind)) ?? [];
      return fitting.length === 0 ? free[kind] : fc.constantFrom(...fitting);
    }
    if (type.isLiteralType()) return fc.constant(type.value);
    if (type.flags & TypeFlags.Boolean) return fc.boolean();
    if (type.flags & TypeFlags.Null) return fc.constant(null);
    if (type.isUnionType()) return this.#union(type.getTypes(), depth, name);
    if (this.#checker.isArrayType(type) && type.isTypeReference()) return this.#array(type, depth, name);
    if (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) return this.#object(type, depth);
    throw new Error(`nothing is known of values of ${this.#checker.typeToString(type)}`);
  }

  /** What a type leaves open; undefined where it says what it is made of. */
  #freeKind(type: Type): keyof typeof free | undefined {
    const { flags } = type;
    if (flags & TypeFlags.String) return 'text';
    if (flags & TypeFlags.Number) return 'number';
    if (flags & (TypeFlags.Any | TypeFlags.Unknown)) return 'anything';
    // `string & {}` is how the clients name some texts of many.
    if (type.isIntersectionType() && type.getTypes().some((each) => each.flags & TypeFlags.String)) return 'text';
    const [index] = type.isObjectType() ? this.#checker.getIndexInfosOfType(type) : [];
    const isFree = index !== undefined && (index.valueType.flags & (TypeFlags.Any | TypeFlags.Unknown)) !== 0;
    return isFree && this.#checker.getPropertiesOfType(type).length === 0 ? 'record' : undefined;
  }

  #union(types: readonly Type[], depth: number, name: string): fc.Arbitrary<unknown> {
    const kept = types.filter(({ flags }) => !(flags & TypeFlags.Undefined));
    return fc.oneof(
      ...kept.map((type) => {
        return { weight: this.#isSeldom(type) ? 1 : seldomOdds, arbitrary: this.of(type, depth, name) };
      }),
    );
  }

  /** By the literal that it is, or that tells it from the others. */
  #isSeldom(type: Type): boolean {
    if (type.isLiteralType()) return this.#habits.seldom.has(String(type.value));
    if (!(type.flags & (TypeFlags.Object | TypeFlags.Intersection))) return false;
    const mark = this.#checker.getPropertyOfType(type, 'type');
    const kind = mark === undefined ? undefined : this.#checker.getTypeOfSymbol(mark);
    return kind?.isLiteralType() === true && this.#habits.seldom.has(String(kind.value));
  }

  #array(type: Type, depth: number, name: string): fc.Arbitrary<unknown> {
    const [item] = type.isTypeReference() ? this.#checker.getTypeArguments(type) : [];
    if (item === undefined) throw new Error(`a list of what, under ${name}?`);
    if (depth >= depthMax) return fc.constant([]);
    const isNeeded = depth === 1 && this.#habits.always.has(name);
    return fc.array(this.of(item, depth + 1, name), { minLength: isNeeded ? 1 : 0, maxLength: depth < 2 ? 4 : 2 });
  }

  #object(type: Type, depth: number): fc.Arbitrary<unknown> {
    const members = this.#checker.getPropertiesOfType(type).flatMap((symbol) => {
      const of = this.#checker.getTypeOfSymbol(symbol);
      if (of === undefined) throw new Error(`${symbol.name} has no type`);
      const isAlways = depth === 0 && this.#habits.always.has(symbol.name);
      const isOptional = (symbol.flags & SymbolFlags.Optional) !== 0 && !isAlways;
      if (isOptional && depth >= depthMax) return [];
      const value = this.of(of, depth + 1, symbol.name);
      const isSeldom = this.#habits.seldom.has(symbol.name);
      const weight = isSeldom ? seldomOdds : depth === 0 ? outermostOdds : innerOdds;
      const maybe = fc.oneof({ weight, arbitrary: fc.constant(absent) }, { weight: 1, arbitrary: value });
      return [(isOptional ? maybe : value).map((made) => [symbol.name, made] as const)];
    });
    const fields = fc.tuple(...members).map((made) => Object.fromEntries(made.filter(([, value]) => value !== absent)));
    const [index] = this.#checker.getIndexInfosOfType(type);
    if (index === undefined) return fields;
    const others = fc.dictionary(word, this.of(index.valueType, depth + 1), { maxKeys: 2 });
    return fc.tuple(others, fields).map(([more, own]) => ({ ...more, ...own }));
  }
}

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const record = fc.dictionary(word, fc.oneof(word, fc.integer(), fc.boolean()), { maxKeys: 2 });
const free = {
  text: fc.oneof(word, fc.constantFrom('', ' ', 'Hello there', 'a\n\nb', '水', '"\\{}')),
  number: fc.integer({ min: 0, max: 40 }),
  anything: fc.oneof(word, fc.integer(), fc.boolean(), record),
  record,
};

function isOfKind(value: unknown, kind: keyof typeof free): boolean {
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'number') return typeof value === 'number';
  return kind === 'anything' || (typeof value === 'object' && value !== null);
}
