/** The answers of a task for each item, in order, with at most `count` tasks under way at once. */
export async function inBatches<Item, Answer>(
  items: readonly Item[],
  count: number,
  task: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += count) {
    answers.push(...(await Promise.all(items.slice(start, start + count).map(task))));
  }
  return answers;
}
