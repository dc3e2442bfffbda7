import type { Caller } from './permission.ts';
import { type Offer, servers, usableNames } from './usable-names.ts';

/** What the client is told about a name that the catalog does not know. */
export function unknownModelText(name: string, caller: Caller, offer: Offer): string {
  const foreign = foreignNameHint(name, (own) => servers(caller, offer, own).length > 0);
  if (foreign !== undefined) return `There is no model '${name}'. ${foreign}`;
  const similar = similarNames(name, usableNames(caller, offer));
  const hint = similar.length === 0 ? '' : ` Did you mean ${similar.map((each) => `'${each}'`).join(', ')}?`;
  return `There is no model '${name}'.${hint} GET /v1/models lists what this key may use.`;
}

/** Other gateways put the cloud that sells a model before the slash. */
const clouds: ReadonlyMap<string, string> = new Map([
  ['azure', 'Azure'],
  ['azure_ai', 'Azure'],
  ['bedrock', 'Bedrock'],
  ['bedrock_converse', 'Bedrock'],
  ['sagemaker', 'SageMaker'],
  ['vertex', 'Vertex AI'],
  ['vertex_ai', 'Vertex AI'],
]);

/**
 * What to ask for in place of a name of another gateway; undefined for any other name.
 * @param isUsable whether the caller may use a name of Weir's own
 */
export function foreignNameHint(name: string, isUsable: (name: string) => boolean): string | undefined {
  const cloud = clouds.get(name.slice(0, Math.max(name.indexOf('/'), 0)));
  if (cloud === undefined) return undefined;
  const own = plainName(name);
  const names = `Names with ${cloud} before the slash are those of other gateways.`;
  return isUsable(own)
    ? `${names} Ask for '${own}'.`
    : `${names} Ask for a model that GET /v1/models lists, or have the operator add ${cloud}'s server to the ` +
        `catalog, as a provider of kind 'openai', and the model with it.`;
}

/** Without the cloud, the region, the maker and the revision: `us.anthropic.claude-opus-4-6-v1:0`. */
function plainName(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/^(?:us|eu|apac|global)\./, '')
    .replace(/^(?:anthropic|openai|mistral|google|deepseek|meta|amazon|qwen)\./, '')
    .replace(/-v\d+(?::\d+)?$/, '')
    .replace('@', '-');
}

const similarMax = 5;
const leastLikeness = 0.4;

/** The names that somebody may have meant, the likeliest first. */
function similarNames(name: string, names: readonly string[]): string[] {
  const wanted = pairsOf(name);
  return names
    .map((each) => ({ each, likeness: likenessOf(wanted, pairsOf(each)) }))
    .filter(({ likeness }) => likeness >= leastLikeness)
    .toSorted((one, other) => other.likeness - one.likeness)
    .slice(0, similarMax)
    .map(({ each }) => each);
}

/** How many of the pairs of neighbouring characters two names share, from 0 to 1. */
function likenessOf(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return (2 * one.intersection(other).size) / (one.size + other.size);
}

function pairsOf(name: string): ReadonlySet<string> {
  const text = ` ${name.toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
