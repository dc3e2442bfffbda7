/**
 * A text of at most `max` characters: of a longer one only the beginning and the end are kept. How the text is divided
 * into pieces makes no difference. To append a piece costs no more than what may be kept of it.
 */
export class ClippedText {
  readonly #headMax: number;
  readonly #tailMax: number;
  #head = '';
  #tail = '';

  constructor(max: number) {
    this.#headMax = Math.ceil(max / 2);
    this.#tailMax = Math.floor(max / 2);
  }

  append(piece: string): void {
    const room = this.#headMax - this.#head.length;
    if (room > 0) this.#head += piece.slice(0, room);
    if (piece.length > room) this.#tail = lastOf(this.#tail + lastOf(piece.slice(room), this.#tailMax), this.#tailMax);
  }

  /** Without blanks at its end. */
  text(): string {
    return (this.#head + this.#tail).trimEnd();
  }
}

function lastOf(text: string, max: number): string {
  return text.length > max ? text.slice(text.length - max) : text;
}
