/**
 * Draws the items one after another, each by its share of the weight that is left. One random number is enough: after a
 * draw, its place within the share that was drawn is a random number again.
 * @param seed from 0 up to, but not including, 1
 */
export function shuffledByWeight<Item extends { readonly weight: number }>(
  items: readonly Item[],
  seed: number,
): Item[] {
  const left = [...items];
  const shuffled: Item[] = [];
  let random = seed;
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let at = random * total;
    let chosen = 0;
    for (const [index, { weight }] of left.entries()) {
      chosen = index;
      if (at < weight) break;
      if (index < left.length - 1) at -= weight;
    }
    const [item] = left.splice(chosen, 1);
    if (item === undefined) break;
    random = Math.min(at / item.weight, 1 - Number.EPSILON);
    shuffled.push(item);
  }
  return shuffled;
}
