import { parseDay } from '../parse-time.ts';

/** Other ways in which people write the name of a model. Pure. */

export interface DatedName {
  readonly base: string;
  /** As it was written, with the dash before it: `-2025-08-07`, `-20260205`. */
  readonly ending: string;
}

/** A name that ends with a day: makers give it to one fixed version of a model. Undefined for any other name. */
export function datedName(name: string): DatedName | undefined {
  const [, base, ending, year, month, day] = /^(.+)(-(20\d\d)-?(\d\d)-?(\d\d))$/.exec(name) ?? [];
  if (base === undefined || ending === undefined) return undefined;
  const isDay = ending.length !== '-yyyy-mmdd'.length && parseDay(`${year}-${month}-${day}`) !== undefined;
  return isDay ? { base, ending } : undefined;
}

/** Anthropic writes versions of its models with dashes. Many others write them with dots. */
export function dashed(name: string): string {
  return name.includes('claude-') ? name.replace(/(?<=\d)\.(?=\d)/g, '-') : name;
}

const twins: ReadonlyMap<string, string> = new Map([
  ['gemini', 'google'],
  ['google', 'gemini'],
]);

/** The provider that a name means. Some have two names. Undefined where the catalog has neither. */
export function providerNamed(providers: ReadonlyMap<string, unknown>, name: string): string | undefined {
  if (providers.has(name)) return name;
  const twin = twins.get(name);
  return twin !== undefined && providers.has(twin) ? twin : undefined;
}
