import type { Labelled } from './labelled-set.ts';

interface Accuracy {
  readonly share: number;
  /** How many of each label, in rows, were judged what, in columns. */
  readonly table: string;
  readonly count: (label: string, judged: string) => number;
}

export function accuracyOf(
  set: readonly Labelled[],
  labels: readonly string[],
  judge: (entry: Labelled) => string,
): Accuracy {
  const counts = new Map<string, number>();
  for (const entry of set) {
    const key = `${entry.label} ${judge(entry)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const count = (label: string, judged: string): number => counts.get(`${label} ${judged}`) ?? 0;
  const right = labels.reduce((sum, label) => sum + count(label, label), 0);
  const width = 11;
  const rows = labels.map((label) =>
    [label.padEnd(width), ...labels.map((judged) => String(count(label, judged)).padStart(width))].join(''),
  );
  const heading = ['judged'.padEnd(width), ...labels.map((label) => label.padStart(width))].join('');
  return { share: right / set.length, table: [heading, ...rows].join('\n'), count };
}
