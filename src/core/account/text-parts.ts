/**
 * A text in parts of so many characters at the most, as JavaScript counts them. None ends within a character that takes
 * two: either half alone would be written as another character. There is at least one part.
 */
export function textParts(text: string, charactersMax: number): string[] {
  const parts: string[] = [];
  let from = 0;
  do {
    let to = from + charactersMax;
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    parts.push(text.slice(from, to));
    from = to;
  } while (from < text.length);
  return parts;
}
