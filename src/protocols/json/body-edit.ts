import type { Edit } from './json-splice.ts';

/** A change of a body on its way to a server, made before the output cap is known. */
export interface BodyEdit extends Edit {
  /** The value; undefined where the field is taken out. */
  readonly parsed: unknown;
  /**
   * Whether it changes nothing that is put in or charged for, so that the body can be measured without it. It is then
   * made when the body is sent, and costs no copy of its own.
   */
  readonly isAside: boolean;
}

/** Puts a field in, or replaces the client's. */
export function fieldEdit(name: string, parsed: unknown, isAside: boolean): BodyEdit {
  return { name, value: JSON.stringify(parsed), parsed, isAside };
}

export function removal(name: string, isAside: boolean): BodyEdit {
  return { name, value: undefined, parsed: undefined, isAside };
}
