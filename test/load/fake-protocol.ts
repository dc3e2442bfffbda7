/**
 * What the fake provider has to know of a protocol. It shares no code with Weir, so that both can't be wrong in the
 * same way.
 */

export interface Asked {
  readonly model: string;
  /** The end user, by whom the referee tells calls apart. */
  readonly endUser: string | undefined;
  /** All that is put in, as text, and what comes on top of its tokens: what messages are wrapped in, for example. */
  readonly text: string;
  readonly extraTokens: number;
  readonly cap: number | undefined;
  readonly choices: number;
  readonly stream: boolean;
  /** Whether a stream is to say what it used. */
  readonly reportsUsage: boolean;
}

export interface Reply {
  readonly number: number;
  readonly model: string;
  readonly inputTokens: number;
  /** Of each choice. */
  readonly outputTokens: number;
  readonly choices: number;
  /** Whether it would have said more without the cap. */
  readonly isCapped: boolean;
  readonly reportsUsage: boolean;
}

export interface FakeProtocol {
  readonly path: string;
  read(body: Fields): Asked;
  /** An answer that comes whole. */
  whole(reply: Reply): object;
  /** What a stream has before its first token, one token of it, and what it has after its last. */
  begin(reply: Reply): string;
  token(reply: Reply, choice: number, token: number): string;
  end(reply: Reply): string;
  error(message: string): object;
  /** How a stream breaks off that still says why. */
  errorEvent(message: string): string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Every token is this word. */
export const word = 'weir';

export function fieldsOf(value: unknown): Fields {
  // Any object has fields, of which nothing is known.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(textOf).join('');
  const { text, content: inner } = fieldsOf(content);
  return text === undefined && inner === undefined ? '' : textOf(text ?? inner);
}

export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** An event of a stream that names its kind twice, as those of all protocols but chat do. */
export function namedEvent(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
