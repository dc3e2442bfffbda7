import type { Edit } from './json-splice.ts';

/** A change of a body on its way to a server, made before it is known how much may come out. */
export interface BodyEdit extends Edit {
  /** What the value says; undefined where the field is taken out. */
  readonly parsed: unknown;
  /**
   * Whether it changes nothing that is put in or charged for, so that it is as good to measure the body without it.
   * It is then made when the body is sent, where it costs no copy of its own.
   */
  readonly isAside: boolean;
}

/** A field that is put in, or stands in place of the client's. */
export function fieldEdit(name: string, parsed: unknown, isAside: boolean): BodyEdit {
  return { name, value: JSON.stringify(parsed), parsed, isAside };
}

export function removal(name: string, isAside: boolean): BodyEdit {
  return { name, value: undefined, parsed: undefined, isAside };
}
