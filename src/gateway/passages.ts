import { MessagesStream } from '../anthropic/messages-stream.ts';
import { wantsUsage } from '../openai/chat-edits.ts';
import { ChatStream } from '../openai/chat-stream.ts';
import { ResponsesStream } from '../openai/responses-stream.ts';
import type { ReportedUsage } from '../wire/reported-usage.ts';
import type { ReaderOptions, StreamReader } from '../wire/stream-reader.ts';
import { ChatPassage } from './chat-passage.ts';
import { MessagesPassage } from './messages-passage.ts';
import type { Passage } from './passage.ts';
import { ResponsesPassage } from './responses-passage.ts';
import type { AnyCall } from './wires.ts';

/** How a stream is read, and how it is passed on. */
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

export function streamWay({ asked, sent, costOf, ...options }: WayOptions): StreamWay {
  if (asked.wire === 'chat' && sent.wire === 'chat') {
    const reader = new ChatStream(options);
    return { reader, passage: new ChatPassage(reader, wantsUsage(asked), costOf) };
  }
  if (asked.wire === 'messages' && sent.wire === 'messages') {
    return { reader: new MessagesStream(options), passage: new MessagesPassage() };
  }
  if (asked.wire === 'responses' && sent.wire === 'responses') {
    const reader = new ResponsesStream(options);
    return { reader, passage: new ResponsesPassage(reader) };
  }
  throw new Error(`${sent.wire} can't be put into ${asked.wire}`);
}
