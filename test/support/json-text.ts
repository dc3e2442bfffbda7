import fc from 'fast-check';
import { type ScannedObject, scanObject } from '../../src/protocols/json/json-scan.ts';

/** JSON as any client may write it: with spaces anywhere, characters escaped or not, and numbers in odd forms. */

const spaces = ['', '', '', ' ', '\n', '\t', '\r\n', '  '];
const numbers = ['0', '-0', '1.0', '1e2', '12345678901234567890', '0.1', '-7E+2', '1e-400', '3'];

const scalar = fc.oneof(
  fc.constantFrom('true', 'false', 'null'),
  fc.constantFrom(...numbers),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String).filter(isJson),
);

const character = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', ' ', ',', ':', '{', '}', '[', ']', '\u2028') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter(isPlain) },
  { weight: 1, arbitrary: fc.constantFrom('\\"', '\\\\', '\\/', '\\n', '\\u0041', '\\ud83d\\ude00', '\\ud800') },
);

const stringText = fc.array(character, { maxLength: 40 }).map((characters) => `"${characters.join('')}"`);

/** After a name with a backslash V8 misreads others: https://github.com/nodejs/node/issues/63785. */
const nameText = stringText.filter((text) => !text.includes('\\\\'));

const space = fc.constantFrom(...spaces);

function spaced(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(space, text, space).map((parts) => parts.join(''));
}

interface MemberText {
  readonly name: string;
  readonly value: string;
}

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    stringText,
    fc.array(spaced(tie('value')), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(spaced(nameText), spaced(tie('value'))), { maxLength: 4 })
      .map((members) => `{${members.map((member) => member.join(':')).join(',')}}`),
  ),
}));

export const valueText = value;

/** The members of an object, each name once, as text. */
export const membersText = fc.uniqueArray(fc.record({ name: nameText, value: valueText }), {
  maxLength: 6,
  selector: ({ name }) => String(JSON.parse(name)),
});

/** An object with these members, and spaces of any sort around them. */
export function objectText(members: fc.Arbitrary<readonly MemberText[]>): fc.Arbitrary<string> {
  return members.chain((list) =>
    fc
      .tuple(
        space,
        space,
        space,
        ...list.map((member) => fc.tuple(spaced(fc.constant(member.name)), spaced(fc.constant(member.value)))),
      )
      .map(([before, inside, after, ...written]) => {
        const body = written.map((member) => member.join(':')).join(',');
        return `${before}{${body === '' ? inside : body}}${after}`;
      }),
  );
}

/** Whether it may stand in a JSON string as it is. */
function isPlain(text: string): boolean {
  return JSON.stringify(text) === `"${text}"`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function scanned(text: string): ScannedObject {
  const scan = scanObject(text);
  if (scan.kind !== 'object') throw new Error(`the scan of ${text} says ${scan.kind}`);
  return scan.object;
}

export function parsed(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
