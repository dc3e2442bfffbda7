import type { Policy } from '../account/policy.ts';

/** The names that a request has for what is to serve it. */

export interface NamesInRequest {
  /** The model that the client named, if it did. */
  readonly model: string | undefined;
  /** What it lists to fall back on. */
  readonly models: readonly string[];
}

export interface AskedName {
  readonly name: string;
  /** Where it is in the request. */
  readonly param: string;
}

/** Each once, in the order in which they are to be tried; none where nothing is named and there is no default. */
export function askedNames({ model, models }: NamesInRequest, { defaultModel }: Pick<Policy, 'defaultModel'>) {
  const listed = models.map((name, index): AskedName => ({ name, param: `models[${index}]` }));
  const first = model ?? (listed.length === 0 ? defaultModel : undefined);
  const all = first === undefined ? listed : [{ name: first, param: 'model' }, ...listed];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}
