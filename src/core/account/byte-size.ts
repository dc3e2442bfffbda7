const unitBytes: ReadonlyMap<string, number> = new Map([
  ['KB', 1000],
  ['MB', 1000 ** 2],
  ['GB', 1000 ** 3],
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** Reads a whole number of bytes, or text such as "64MB" or "64MiB". Undefined for anything else. */
export function parseBytes(size: number | string): number | undefined {
  if (typeof size === 'number') return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
  const [, digits = '', unit = ''] = /^(\d{1,12}) ?([KMG]i?B)$/.exec(size) ?? [];
  const bytes = Number.parseInt(digits, 10) * (unitBytes.get(unit) ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
