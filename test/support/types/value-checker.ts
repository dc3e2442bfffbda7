import { API, type Checker, type Diagnostic, type Project, type Snapshot, type Type } from 'typescript/unstable/sync';

/**
 * What the compiler says of values as of types, so that the official clients' own types are the schemas: values are
 * written down as literals, which may neither lack a field of their type nor have one too many.
 */

/** A value, and the type of `protocol-types.ts` that it must have, such as `Protocol.MessageTold`. */
export interface TypedValue {
  readonly type: string;
  readonly value: unknown;
}

const folder = `${process.cwd()}/test/support/types`;
const project = `${folder}/values.json`;
const file = `${folder}/values.ts`;
const head = "import type * as Protocol from './protocol-types.ts';\n";

/** Neither file is on disk. */
const configuration = JSON.stringify({
  extends: '../../../tsconfig.base.json',
  compilerOptions: { types: [], noUnusedLocals: false },
  files: [file],
});

export class ValueChecker {
  readonly #api: API;
  #text = '';

  constructor() {
    this.#api = new API({
      cwd: process.cwd(),
      fs: {
        readFile: (path) => (path === project ? configuration : path === file ? this.#text : undefined),
        fileExists: (path) => (path === project || path === file ? true : undefined),
      },
    });
  }

  close(): void {
    this.#api.close();
  }

  /** What is wrong with the values, at most one fault each. */
  faults(values: readonly TypedValue[]): string[] {
    const lines = values.map(({ type, value }, index) => `export const v${index}: ${type} = ${literal(value)};\n`);
    using snapshot = this.#read(head + lines.join(''));
    const { program } = theOnly(snapshot);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map((fault) => `${this.#lineAt(fault.pos)}\n  ${textOf(fault)}`);
  }

  /** A type of `protocol-types.ts`, to be looked into for as long as this is open. */
  type(name: string): { readonly checker: Checker; readonly type: Type } {
    const { checker } = theOnly(this.#read(`${head}export type Wanted = ${name};\n`));
    const type = checker.getTypeAtPosition(file, this.#text.indexOf('Wanted'));
    if (type === undefined || type.isErrorType()) throw new Error(`there is no type ${name}`);
    return { checker, type };
  }

  #read(text: string): Snapshot {
    this.#text = text;
    return this.#api.updateSnapshot({ openProjects: [project], fileChanges: { changed: [file] } });
  }

  #lineAt(position: number): string {
    const start = this.#text.lastIndexOf('\n', position) + 1;
    return this.#text.slice(start, this.#text.indexOf('\n', start));
  }
}

/** In ASCII, in which a place in the text is the same for everybody. */
function literal(value: unknown): string {
  const escape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, escape);
}

function textOf({ text, messageChain: chain = [] }: Diagnostic): string {
  return [text, ...chain.map(textOf)].join(' ');
}

function theOnly(snapshot: Snapshot): Project {
  const [only] = snapshot.getProjects();
  if (only === undefined) throw new Error('nothing was read');
  return only;
}
