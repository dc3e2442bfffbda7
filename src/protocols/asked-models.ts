import * as v from 'valibot';
import { fallbackModelsMax, requestedModelCharsMax } from '../limits.ts';

/** The models that a request of any protocol names. */

const modelName = v.pipe(
  v.string('must be a string'),
  v.maxLength(requestedModelCharsMax, `must be at most ${requestedModelCharsMax} characters`),
);

/** `model` */
export const askedModel = v.nullish(modelName);

export const fallbackModelsField = 'models';

/**
 * Whether a field of a request is for the gateway alone: the list of models, and the field in which OpenRouter's
 * clients say how to use it. A provider that fell back by itself would charge for what nobody has bounded.
 */
export function isForGateway(name: string, { models }: { readonly models: readonly string[] }): boolean {
  return name === fallbackModelsField || (name === 'route' && models.length > 0);
}

/**
 * The models to fall back on, as OpenRouter's clients list them. The gateway reads the list, and no provider gets it.
 */
export const fallbackModels = v.nullish(
  v.pipe(
    v.array(v.pipe(modelName, v.nonEmpty('must name a model')), 'must be an array of names of models'),
    v.maxLength(fallbackModelsMax, `must hold at most ${fallbackModelsMax} names`),
  ),
);
