import { ChatStream } from '../openai/chat-stream.ts';
import { wantsUsage } from '../openai/chat-edits.ts';
import type { ReportedUsage } from '../wire/reported-usage.ts';
import type { ReaderOptions, StreamReader } from '../wire/stream-reader.ts';
import { ChatPassage } from './chat-passage.ts';
import type { Passage } from './passage.ts';
import type { AnyCall } from './wires.ts';

export interface StreamWay {
  readonly reader: StreamReader;
  readonly passage: Passage;
}

export interface WayOptions extends ReaderOptions {
  /** What the client asked, and what the provider was asked on its behalf. */
  readonly asked: AnyCall;
  readonly sent: AnyCall;
  /** What a usage comes to, as the client is told. */
  readonly costOf: (usage: ReportedUsage) => string;
}

/** How a stream is read, and how it is passed on. */
export function streamWay({ asked, costOf, ...options }: WayOptions): StreamWay {
  const reader = new ChatStream(options);
  return { reader, passage: new ChatPassage(reader, wantsUsage(asked), costOf) };
}
