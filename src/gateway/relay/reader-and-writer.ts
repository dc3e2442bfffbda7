import { MessagesStream } from '../../protocols/messages/stream.ts';
import { MessageChunkReader } from '../../protocols/translate/message-to-completion/chunks.ts';
import { MessagesWriter } from '../../protocols/messages/writer.ts';
import { wantsUsage } from '../../protocols/chat/edits.ts';
import { ClientCalls } from '../../protocols/chat/client-calls.ts';
import { ChatWriter } from '../../protocols/chat/writer.ts';
import { readChunk } from '../../protocols/chat/read-chunk.ts';
import { begunResponse, isToldAsItCame, notKept, responseAsKept } from '../../protocols/responses/object.ts';
import { ResponsesWriter } from '../../protocols/responses/writer.ts';
import { ChatStream } from '../../protocols/chat/stream.ts';
import { ResponsesStream } from '../../protocols/responses/stream.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { ReportedUsage } from '../../protocols/reported-usage.ts';
import type { ReaderOptions, StreamReader } from '../../protocols/stream-reader.ts';
import type { ChunkWriter } from '../../protocols/chunk-writer.ts';
import { PassingChatWriter } from './passing-chat-writer.ts';
import { type TranslatedHead, toldResponse } from './translated-head.ts';
import { type ChunkReader, TranslatingWriter } from './translating-writer.ts';
import { PassingMessagesWriter } from './passing-messages-writer.ts';
import type { StreamWriter } from './stream-writer.ts';
import { PassingResponsesWriter } from './passing-responses-writer.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

interface ReaderAndWriter {
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
}

interface StreamOptions extends ReaderOptions {
  /** What the client asked, and what its provider was asked. */
  readonly asked: AnyCall;
  readonly sent: AnyCall;
  readonly head: TranslatedHead;
  /** About how large the input is: some clients are told so before the provider says it. */
  readonly inputTokensAbout: number;
  /** The cost of a usage, as the client is told. */
  readonly costOf: (usage: ReportedUsage) => string;
}

export function readerAndWriter({
  asked,
  sent,
  head,
  inputTokensAbout,
  costOf,
  ...options
}: StreamOptions): ReaderAndWriter {
  if (asked.protocol === 'chat' && sent.protocol === 'chat') {
    const reader = new ChatStream(options);
    return { reader, writer: new PassingChatWriter(reader, wantsUsage(asked), costOf) };
  }
  if (asked.protocol === 'messages' && sent.protocol === 'messages') {
    return { reader: new MessagesStream(options), writer: new PassingMessagesWriter() };
  }
  if (asked.protocol === 'responses' && sent.protocol === 'responses') {
    const { keeping = notKept } = head;
    const asTold = (response: JsonRecord): JsonRecord => responseAsKept(response, head.id, keeping);
    const reader = new ResponsesStream(options, isToldAsItCame(keeping) ? undefined : asTold);
    const begun = () => begunResponse(asked.request, toldResponse(head));
    return { reader, writer: new PassingResponsesWriter(reader, begun) };
  }
  const { chunks, reader } = chunkReaderOf(sent, options);
  return { reader, writer: new TranslatingWriter(chunks, chunkWriterOf(asked, head, inputTokensAbout)) };
}

function chunkReaderOf(
  sent: AnyCall,
  options: ReaderOptions,
): { readonly chunks: ChunkReader; readonly reader: StreamReader } {
  switch (sent.protocol) {
    case 'chat':
      return { chunks: completionChunks, reader: new ChatStream(options) };
    case 'messages':
      return { chunks: new MessageChunkReader(), reader: new MessagesStream(options) };
    case 'responses':
    case 'embeddings':
      throw new Error(`${sent.protocol} is never translated`);
  }
}

const completionChunks: ChunkReader = {
  chunks: (read) => (read.kind === 'chunk' && read.content.kind === 'value' ? [readChunk(read.content.value)] : []),
};

function chunkWriterOf(asked: AnyCall, head: TranslatedHead, inputTokensAbout: number): ChunkWriter {
  switch (asked.protocol) {
    case 'chat':
      return new ChatWriter(head, wantsUsage(asked), new ClientCalls(asked.request));
    case 'messages':
      return new MessagesWriter({ id: head.id, model: head.model, inputTokensAbout });
    case 'responses':
      return new ResponsesWriter(asked.request, toldResponse(head));
    case 'embeddings':
      throw new Error('embeddings are never translated');
  }
}
