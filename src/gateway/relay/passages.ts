import { MessagesStream } from '../../protocols/messages/stream.ts';
import { MessageChunks } from '../../protocols/translate/message-to-completion/chunks.ts';
import { MessagesSink } from '../../protocols/messages/sink.ts';
import { wantsUsage } from '../../protocols/chat/edits.ts';
import { ClientCalls } from '../../protocols/chat/client-calls.ts';
import { ChatSink } from '../../protocols/chat/sink.ts';
import { readChunk } from '../../protocols/chat/read-chunk.ts';
import { begunResponse, isToldAsItCame, notKept, responseAsKept } from '../../protocols/responses/object.ts';
import { ResponsesSink } from '../../protocols/responses/sink.ts';
import { ChatStream } from '../../protocols/chat/stream.ts';
import { ResponsesStream } from '../../protocols/responses/stream.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { ReaderOptions, StreamReader } from '../../protocols/stream-reader.ts';
import type { AnswerSink } from '../../protocols/answer-sink.ts';
import { ChatPassage } from './chat-passage.ts';
import { type TranslatedHead, toldResponse } from './translated-head.ts';
import { type ChunkSource, TranslatedPassage } from './translated-passage.ts';
import { MessagesPassage } from './messages-passage.ts';
import type { Passage } from './passage.ts';
import { ResponsesPassage } from './responses-passage.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

/** How a stream is read, and how it is passed on. */
export interface StreamWay {
  readonly reader: StreamReader;
  readonly passage: Passage;
}

export interface WayOptions extends ReaderOptions {
  /** What the client asked, and what the provider was asked on its behalf. */
  readonly asked: AnyCall;
  readonly sent: AnyCall;
  readonly head: TranslatedHead;
  /** About what was put in: some clients are told so before the provider says it. */
  readonly inputTokensAbout: number;
  /** What a usage comes to, as the client is told. */
  readonly costOf: (usage: ReportedUsage) => string;
}

export function streamWay({ asked, sent, head, inputTokensAbout, costOf, ...options }: WayOptions): StreamWay {
  if (asked.protocol === 'chat' && sent.protocol === 'chat') {
    const reader = new ChatStream(options);
    return { reader, passage: new ChatPassage(reader, wantsUsage(asked), costOf) };
  }
  if (asked.protocol === 'messages' && sent.protocol === 'messages') {
    return { reader: new MessagesStream(options), passage: new MessagesPassage() };
  }
  if (asked.protocol === 'responses' && sent.protocol === 'responses') {
    const { keeping = notKept } = head;
    const asTold = (response: JsonRecord): JsonRecord => responseAsKept(response, head.id, keeping);
    const reader = new ResponsesStream(options, isToldAsItCame(keeping) ? undefined : asTold);
    const begun = () => begunResponse(asked.request, toldResponse(head));
    return { reader, passage: new ResponsesPassage(reader, begun) };
  }
  const { source, reader } = sourceOf(sent, head, options);
  return { reader, passage: new TranslatedPassage(source, sinkOf(asked, head, inputTokensAbout)) };
}

function sourceOf(
  sent: AnyCall,
  head: TranslatedHead,
  options: ReaderOptions,
): { readonly source: ChunkSource; readonly reader: StreamReader } {
  switch (sent.protocol) {
    case 'chat':
      return { source: completionChunks, reader: new ChatStream(options) };
    case 'messages':
      return { source: new MessageChunks(head), reader: new MessagesStream(options) };
    case 'responses':
    case 'embeddings':
      throw new Error(`${sent.protocol} is never translated`);
  }
}

const completionChunks: ChunkSource = {
  chunks: (read) => (read.kind === 'chunk' && read.content.kind === 'value' ? [readChunk(read.content.value)] : []),
};

function sinkOf(asked: AnyCall, head: TranslatedHead, inputTokensAbout: number): AnswerSink {
  switch (asked.protocol) {
    case 'chat':
      return new ChatSink(head, wantsUsage(asked), new ClientCalls(asked.request));
    case 'messages':
      return new MessagesSink({ id: head.id, model: head.model, inputTokensAbout });
    case 'responses':
      return new ResponsesSink(asked.request, toldResponse(head));
    case 'embeddings':
      throw new Error('embeddings are never translated');
  }
}
