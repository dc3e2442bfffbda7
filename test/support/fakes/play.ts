import type { Json } from './json.ts';

/** A tool that a model is to use. A tool that takes text and not JSON has an `input`. */
export interface PlayedCall {
  readonly tool: string;
  readonly args: Json | { readonly input: string };
}

/** A tool that was offered to a model. */
export interface OfferedTool {
  readonly name: string;
  readonly schema: unknown;
  /** Tools of the Responses API may have a second name. */
  readonly namespace?: string;
  /** Whether it takes text in place of JSON. */
  readonly isCustom?: boolean;
}

export interface ComposedCall {
  readonly name: string;
  readonly args: unknown;
  readonly namespace?: string;
  readonly isCustom?: boolean;
}

/**
 * What a model does, whatever it is asked: it uses one tool after the other, each as soon as it is offered. A step may
 * name several tools, because clients differ: the first that is offered is used. A call that offers none of them, such
 * as one for a title, takes no step.
 */
export class Play {
  readonly #steps: readonly (readonly PlayedCall[])[];
  #taken = 0;

  constructor(steps: readonly (readonly PlayedCall[])[]) {
    this.#steps = steps;
  }

  get isOver(): boolean {
    return this.#taken === this.#steps.length;
  }

  next(offered: readonly OfferedTool[]): readonly ComposedCall[] {
    for (const { tool, args } of this.#steps[this.#taken] ?? []) {
      const found = offered.find(({ name }) => name === tool || name.endsWith(`__${tool}`));
      if (found === undefined) continue;
      this.#taken += 1;
      const { name, namespace, isCustom } = found;
      return [{ name, args, ...(namespace === undefined ? {} : { namespace }), isCustom: isCustom === true }];
    }
    return [];
  }
}
