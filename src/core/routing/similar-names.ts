const similarMax = 5;
const leastLikeness = 0.4;

/** The names that somebody may have meant by `name`, the likeliest first. */
export function similarNames(name: string, names: readonly string[]): string[] {
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
