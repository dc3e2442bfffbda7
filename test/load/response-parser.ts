/**
 * Reads HTTP/1.1 responses off a connection, as little as a driver needs: it must cost less than what it measures. It
 * understands what workerd and Node send: a content length, chunks, or a body that ends with its connection.
 */

type Phase = 'head' | 'fixed' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'done';

const nothing = Buffer.alloc(0);
const headEnd = '\r\n\r\n';
const lineEnd = '\r\n';

export class ResponseParser {
  status = 0;
  /** The header block in lower case, with a line break before and after each line. */
  head = '';
  private phase: Phase = 'head';
  private rest: Buffer = nothing;
  private wanted = 0;
  private readonly onBody: ((bytes: Buffer) => void) | undefined;

  constructor(onBody?: (bytes: Buffer) => void) {
    this.onBody = onBody;
  }

  header(name: string): string | undefined {
    return headerOf(this.head, name);
  }

  /** Answers whether the response is complete. What follows it is not expected: there is one request at a time. */
  feed(bytes: Buffer): boolean {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    while (this.step());
    return this.phase === 'done';
  }

  /** The connection ended. Answers whether that completes the response. */
  end(): boolean {
    if (this.phase === 'until-close') this.phase = 'done';
    return this.phase === 'done';
  }

  /** Answers whether there may be more to do with the bytes at hand. */
  private step(): boolean {
    switch (this.phase) {
      case 'head':
        return this.readHead();
      case 'fixed':
        return this.readBody('done');
      case 'chunk':
        return this.readBody('chunk-end');
      case 'chunk-size':
        return this.readLine((line) => {
          this.wanted = Number.parseInt(line, 16);
          this.phase = this.wanted === 0 ? 'trailer' : 'chunk';
        });
      case 'chunk-end':
        return this.readLine(() => {
          this.phase = 'chunk-size';
        });
      case 'trailer':
        return this.readLine((line) => {
          if (line === '') this.phase = 'done';
        });
      case 'until-close':
        this.take(this.rest.length);
        return false;
      case 'done':
        return false;
    }
  }

  private readHead(): boolean {
    const end = this.rest.indexOf(headEnd);
    if (end === -1) return false;
    this.head = `${this.rest.toString('latin1', 0, end).toLowerCase()}${lineEnd}`;
    this.status = Number(this.head.slice(9, 12));
    this.rest = this.rest.subarray(end + headEnd.length);
    if (this.status === 100) return true;
    const length = this.header('content-length');
    if (this.status === 204 || this.status === 304 || length === '0') this.phase = 'done';
    else if (length !== undefined) {
      this.wanted = Number(length);
      this.phase = 'fixed';
    } else this.phase = this.header('transfer-encoding') === 'chunked' ? 'chunk-size' : 'until-close';
    return true;
  }

  private readBody(next: Phase): boolean {
    const length = Math.min(this.wanted, this.rest.length);
    if (length === 0) return false;
    this.wanted -= length;
    this.take(length);
    if (this.wanted === 0) this.phase = next;
    return this.wanted === 0;
  }

  private take(length: number): void {
    if (length === 0) return;
    this.onBody?.(this.rest.subarray(0, length));
    this.rest = length === this.rest.length ? nothing : this.rest.subarray(length);
  }

  private readLine(use: (line: string) => void): boolean {
    const end = this.rest.indexOf(lineEnd);
    if (end === -1) return false;
    const line = this.rest.toString('latin1', 0, end);
    this.rest = end + lineEnd.length === this.rest.length ? nothing : this.rest.subarray(end + lineEnd.length);
    use(line);
    return true;
  }
}

/** The value of a header in a block that is in lower case already. */
export function headerOf(head: string, name: string): string | undefined {
  const start = head.indexOf(`${lineEnd}${name}:`);
  if (start === -1) return undefined;
  const from = start + lineEnd.length + name.length + 1;
  return head.slice(from, head.indexOf(lineEnd, from)).trim();
}
