import { GatewayError } from '../http/errors.ts';
import { sseEventBytesMax } from '../limits.ts';

/**
 * Finds the events of a `text/event-stream`, however its bytes arrive. It changes nothing: the blocks that come out
 * are, laid end to end, the bytes that went in. It holds an event back until it is whole, so that a block always ends
 * between two events: there something can be put in, and a single event can be left out. A client loses nothing by
 * that, since it can't use half an event either.
 */

export interface SseEvent {
  /** Its place in the bytes of its block, with the blank line that ends it. */
  readonly start: number;
  readonly end: number;
  /** The lines of `data`, joined; undefined where there are none, as in a comment. */
  readonly data: string | undefined;
}

export interface SseBlock {
  readonly bytes: Uint8Array;
  readonly events: readonly SseEvent[];
}

const lineFeed = 10;
const carriageReturn = 13;
const pendingBytesAtFirst = 1024;

export class SseScanner {
  readonly #eventBytesMax: number;
  readonly #decoder = new TextDecoder();
  /** The beginning of an event whose end has not come yet. */
  #pending = new Uint8Array(0);
  #pendingLength = 0;
  #isAtLineStart = true;
  /** A line feed that comes next belongs to the line that has just ended. */
  #isAfterCarriageReturn = false;
  #hasCarriageReturns = false;

  constructor(eventBytesMax: number = sseEventBytesMax) {
    this.#eventBytesMax = eventBytesMax;
  }

  /** The events that have become whole; undefined if none has. The block may share its memory with the chunk. */
  push(chunk: Uint8Array): SseBlock | undefined {
    if (chunk.length === 0) return undefined;
    if (this.#hasCarriageReturns || this.#isAfterCarriageReturn) return this.#pushBytes(chunk);
    // Looking again at what came before pays only where most of it is new.
    if (this.#pendingLength > chunk.length) return this.#pushBytes(chunk);
    const bytes = this.#withPending(chunk);
    const text = this.#decoder.decode(bytes);
    // If each byte is a character, places in the one are places in the other.
    const isAscii = text.length === bytes.length;
    if (!isAscii && !isFaithful(bytes, text)) return this.#pushBytes(chunk);
    this.#hasCarriageReturns = text.includes('\r');
    return this.#hasCarriageReturns ? this.#pushBytes(chunk) : this.#pushText(bytes, text, isAscii);
  }

  /** As `#pushBytes`, for most of most streams: text is searched much faster than bytes. */
  #pushText(bytes: Uint8Array, text: string, isAscii: boolean): SseBlock | undefined {
    const events: SseEvent[] = [];
    /** In the bytes, and in the text. */
    let start = 0;
    let textStart = 0;
    for (let lineEnd = text.indexOf('\n'); lineEnd >= 0; lineEnd = text.indexOf('\n', textStart)) {
      const isOneLine = lineEnd > textStart && text.charCodeAt(lineEnd + 1) === lineFeed;
      const blankLine = isOneLine || lineEnd === textStart ? lineEnd : text.indexOf('\n\n', lineEnd);
      if (blankLine < 0) break;
      const textEnd = blankLine + (lineEnd === textStart ? 1 : 2);
      const end = isAscii ? textEnd : start + byteLengthOf(text, textStart, textEnd);
      this.#checkSize(end - start);
      // The name of the event may stand before the data, and nothing else.
      const last = !isOneLine && text.startsWith(eventField, textStart) ? lineEnd + 1 : textStart;
      const isData = text.startsWith(dataField, last) && text.indexOf('\n', last) === blankLine;
      const data = isData
        ? withoutSpace(text.slice(last + dataField.length, blankLine))
        : dataOf(text.slice(textStart, textEnd));
      events.push({ start, end, data });
      start = end;
      textStart = textEnd;
    }
    this.#pendingLength = 0;
    this.#keep(start === 0 ? bytes : bytes.subarray(start));
    this.#isAtLineStart = bytes[bytes.length - 1] === lineFeed;
    return events.length === 0
      ? undefined
      : { bytes: start === bytes.length ? bytes : bytes.subarray(0, start), events };
  }

  #pushBytes(chunk: Uint8Array): SseBlock | undefined {
    const ends = this.#findEnds(chunk);
    const lastEnd = ends.at(-1);
    if (lastEnd === undefined) {
      this.#keep(chunk);
      return undefined;
    }
    const pendingLength = this.#pendingLength;
    const bytes = this.#withPending(chunk.subarray(0, lastEnd));
    this.#pendingLength = 0;
    this.#keep(chunk.subarray(lastEnd));
    const events: SseEvent[] = [];
    let start = 0;
    for (const endInChunk of ends) {
      const end = pendingLength + endInChunk;
      this.#checkSize(end - start);
      events.push(this.#event(bytes, start, end));
      start = end;
    }
    return { bytes, events };
  }

  /** What is left when the stream ends. By the standard it is no event, but many servers end their last one so. */
  end(): SseBlock | undefined {
    if (this.#pendingLength === 0) return undefined;
    const bytes = this.#withPending(new Uint8Array(0));
    this.#pendingLength = 0;
    return { bytes, events: [this.#event(bytes, 0, bytes.length)] };
  }

  /** The places in the chunk where events end: after each empty line. Line ends are \n, \r\n and \r. */
  #findEnds(chunk: Uint8Array): number[] {
    const ends: number[] = [];
    const from = this.#isAfterCarriageReturn && chunk[0] === lineFeed ? 1 : 0;
    let lineStart = this.#isAtLineStart ? from : -1;
    let feed = chunk.indexOf(lineFeed, from);
    let back = chunk.indexOf(carriageReturn, from);
    while (feed >= 0 || back >= 0) {
      const isBack = back >= 0 && (feed < 0 || back < feed);
      const at = isBack ? back : feed;
      const next = isBack && feed === at + 1 ? at + 2 : at + 1;
      if (at === lineStart) ends.push(next);
      lineStart = next;
      if (feed >= 0 && feed < next) feed = chunk.indexOf(lineFeed, next);
      if (isBack) back = chunk.indexOf(carriageReturn, next);
    }
    this.#isAtLineStart = lineStart === chunk.length;
    this.#isAfterCarriageReturn = chunk[chunk.length - 1] === carriageReturn;
    return ends;
  }

  #event(bytes: Uint8Array, start: number, end: number): SseEvent {
    return { start, end, data: dataOf(this.#decoder.decode(bytes.subarray(start, end))) };
  }

  #keep(rest: Uint8Array): void {
    const length = this.#pendingLength + rest.length;
    this.#checkSize(length);
    if (length > this.#pending.length) {
      // Doubled, so that an event that comes byte by byte is not copied for each byte.
      const larger = new Uint8Array(Math.max(pendingBytesAtFirst, length, 2 * this.#pending.length));
      larger.set(this.#pending.subarray(0, this.#pendingLength));
      this.#pending = larger;
    }
    this.#pending.set(rest, this.#pendingLength);
    this.#pendingLength = length;
  }

  #withPending(bytes: Uint8Array): Uint8Array {
    if (this.#pendingLength === 0) return bytes;
    const whole = new Uint8Array(this.#pendingLength + bytes.length);
    whole.set(this.#pending.subarray(0, this.#pendingLength));
    whole.set(bytes, this.#pendingLength);
    return whole;
  }

  #checkSize(length: number): void {
    if (length <= this.#eventBytesMax) return;
    throw new GatewayError('provider_error', `The provider sent an event of more than ${this.#eventBytesMax} bytes.`);
  }
}

const dataField = 'data:';
const eventField = 'event:';

/** Whether the text is exactly these bytes: all were decoded, and no byte order mark was left out. */
function isFaithful(bytes: Uint8Array, text: string): boolean {
  return bytes[0] !== byteOrderMarkStart && !text.includes('\uFFFD');
}

const byteOrderMarkStart = 0xef;

/** The length in UTF-8 of text that was decoded from it. */
function byteLengthOf(text: string, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    // Each half of a surrogate pair stands for two bytes.
    length += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return length;
}

function dataOf(event: string): string | undefined {
  const firstEnd = event.indexOf('\n');
  // Nearly every event is one line of data and the blank line after it.
  if (firstEnd === event.length - 2 && event.startsWith(dataField) && !event.includes('\r')) {
    return withoutSpace(event.slice(dataField.length, firstEnd));
  }
  const lines: string[] = [];
  for (const line of event.split(/\r\n|\r|\n/)) {
    if (line.startsWith(dataField)) lines.push(withoutSpace(line.slice(dataField.length)));
    else if (line === 'data') lines.push('');
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}

function withoutSpace(value: string): string {
  return value.startsWith(' ') ? value.slice(1) : value;
}

const encoder = new TextEncoder();

/**
 * The text of an event.
 * @param comment to stand before it
 */
export function sseText(data: string, comment?: string): string {
  return `${commentText(comment)}data: ${data}\n\n`;
}

/** The text of an event whose type stands beside its data, and in it. */
export function sseTypedText(type: string, fields: object, comment?: string): string {
  return `${commentText(comment)}event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

export function sseData(data: string): Uint8Array {
  return encoder.encode(sseText(data));
}

/** A comment is in the stream, but no client's parser sees it. */
export function sseComment(comment: string): Uint8Array {
  return encoder.encode(commentText(comment));
}

function commentText(comment: string | undefined): string {
  return comment === undefined ? '' : `: ${comment}\n\n`;
}

/** What ends every stream of OpenAI's. */
export const sseDone = '[DONE]';
