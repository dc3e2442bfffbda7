import type { ChosenModels } from './route-choice.ts';

/** One model after another, as the route lists them. */
export function inOrder(models: readonly string[], usable: ReadonlySet<string>): ChosenModels {
  const left = [...new Set(models)].filter((model) => usable.has(model));
  const reason = left[0] === models[0] ? 'the first of its models' : 'the first of its models that suits';
  return { models: left, arm: undefined, reason };
}
