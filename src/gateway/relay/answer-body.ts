import { messageOfCompletion } from '../../protocols/translate/completion-to-message/answer.ts';
import { completionId, completionOfMessage } from '../../protocols/translate/message-to-completion/answer.ts';
import type { ChatChunk } from '../../protocols/chat/chunk.ts';
import { ClientCalls } from '../../protocols/chat/client-calls.ts';
import { wholeCompletion } from '../../protocols/chat/writer.ts';
import { readCompletion } from '../../protocols/chat/read-chunk.ts';
import { responseOfCompletion } from '../../protocols/translate/completion-to-response/answer.ts';
import { isToldAsItCame, notKept, responseAsKept } from '../../protocols/responses/object.ts';
import type { ClientUsage } from '../../protocols/chunk-writer.ts';
import type { JsonRecord } from '../../protocols/json/json-value.ts';
import type { AttemptAnswered } from '../attempt/attempt.ts';
import { type TranslatedHead, toldResponse } from './translated-head.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

export interface AnswerBody {
  readonly bytes: Uint8Array;
  /** The response in it, if the account is to keep that. */
  readonly response: JsonRecord | undefined;
}

const encoder = new TextEncoder();

/**
 * What the client gets of a complete answer: its very bytes if the provider speaks the client's protocol, else a
 * translation.
 */
export function answerBody(
  asked: AnyCall,
  sent: AnyCall,
  { bytes, answer }: Pick<AttemptAnswered, 'bytes' | 'answer'>,
  head: TranslatedHead,
  usage: ClientUsage,
): AnswerBody {
  const { keeping = notKept } = head;
  if (asked.protocol === sent.protocol) {
    if (isToldAsItCame(keeping)) return { bytes, response: undefined };
    const response = responseAsKept(answer, head.id, keeping);
    return { bytes: encoder.encode(JSON.stringify(response)), response: keeping.isKept ? response : undefined };
  }
  const whole = sent.protocol === 'messages' ? completionOfMessage(answer) : readCompletion(answer);
  const told = translated(asked, whole, { ...head, providersId: answer['id'] }, usage);
  return { bytes: encoder.encode(JSON.stringify(told)), response: keeping.isKept ? told : undefined };
}

/** What the client is told if the account does not keep the response after all. */
export function unkeptBody(response: JsonRecord): Uint8Array {
  return encoder.encode(JSON.stringify({ ...response, store: false }));
}

function translated(
  asked: AnyCall,
  whole: ChatChunk,
  { providersId, ...head }: TranslatedHead & { readonly providersId: unknown },
  usage: ClientUsage,
): JsonRecord {
  switch (asked.protocol) {
    case 'chat':
      return wholeCompletion(whole, { ...head, id: completionId(providersId) }, new ClientCalls(asked.request), usage);
    case 'messages':
      return messageOfCompletion(whole, head, usage);
    case 'responses':
      return responseOfCompletion(whole, asked.request, toldResponse(head), usage);
    case 'embeddings':
      throw new Error('embeddings are never translated');
  }
}
