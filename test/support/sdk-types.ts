import { readFileSync } from 'node:fs';

/** What the types of an SDK require of an object: the names of the fields that no type lets be absent. */
export class SdkTypes {
  readonly #text: string;

  /** @param path of a file of declarations, below `node_modules` */
  constructor(path: string) {
    this.#text = readFileSync(`node_modules/${path}`, 'utf8');
  }

  required(name: string): string[] {
    const found = new RegExp(`\\ninterface ${name}(?: extends [^{]+)? \\{\\n(.*?)\\n\\}`, 's').exec(
      this.#text.replaceAll(/\n( *)export (?:declare )?interface /g, '\n$1interface '),
    );
    if (found === null) throw new Error(`there is no ${name}`);
    const members = (found[1] ?? '').matchAll(/^ {4}(?:readonly )?(\w+): /gm);
    return [...members].map(([, member = '']) => member);
  }

  /** Which of them an object lacks. */
  missing(name: string, value: object): string[] {
    return this.required(name).filter((field) => !Object.hasOwn(value, field));
  }
}
