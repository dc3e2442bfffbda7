import type { Json } from './fake.ts';

/** A use of a tool that a model is to make. A tool that takes any text, and not JSON, has an `input`. */
export interface PlayedCall {
  readonly tool: string;
  readonly args: Json | { readonly input: string };
}

/** A tool that was offered to a model. */
export interface OfferedTool {
  readonly name: string;
  readonly schema: unknown;
  /** Set for those of Responses that are known by two names. */
  readonly namespace?: string;
  /** Whether it takes any text in place of JSON. */
  readonly isCustom?: boolean;
}

export interface ComposedCall {
  readonly name: string;
  readonly args: unknown;
  readonly namespace?: string;
  readonly isCustom?: boolean;
}

/**
 * What a model does, whatever it is asked: one use of a tool after the other, each as soon as it is offered the tool. For
 * each there may be several ways, by the tools that a client has: the first that is offered is taken. A call that offers
 * none of them, such as one for a title, takes no step.
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
