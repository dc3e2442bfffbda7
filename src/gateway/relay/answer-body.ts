import { messageOfCompletion } from '../../anthropic/completion-to-message.ts';
import { completionOfMessage } from '../../anthropic/message-to-completion.ts';
import type { ChatCompletion } from '../../openai/chat-chunk.ts';
import { ClientCalls } from '../../openai/client-calls.ts';
import { chatUsage } from '../../openai/chat-sink.ts';
import { readCompletion } from '../../openai/read-completion.ts';
import { responseOfCompletion } from '../../openai/responses-answer.ts';
import { notKept, responseAsKept } from '../../openai/responses-object.ts';
import { toldWholeChoice } from '../../openai/told-choice.ts';
import type { ToldUsage } from '../../openai/answer-sink.ts';
import type { JsonRecord } from '../../wire/json-value.ts';
import type { AttemptAnswered } from '../attempt/attempt.ts';
import type { TranslatedHead } from './translated-head.ts';
import type { AnyCall } from '../wires.ts';

export interface AnswerBody {
  readonly bytes: Uint8Array;
  /** What is in it, where the account is to keep that. */
  readonly response: JsonRecord | undefined;
}

const encoder = new TextEncoder();

/**
 * What the client gets of an answer that came whole: its very bytes where the provider speaks as the client does, else
 * the same in the client's own words.
 */
export function answerBody(
  asked: AnyCall,
  sent: AnyCall,
  { bytes, answer }: Pick<AttemptAnswered, 'bytes' | 'answer'>,
  head: TranslatedHead,
  usage: ToldUsage,
): AnswerBody {
  const { keeping = notKept } = head;
  if (asked.wire === sent.wire) {
    if (!keeping.isKept && keeping.previousId === undefined) return { bytes, response: undefined };
    const response = responseAsKept(answer, head.id, keeping);
    return { bytes: encoder.encode(JSON.stringify(response)), response: keeping.isKept ? response : undefined };
  }
  const completion = sent.wire === 'messages' ? completionOfMessage(answer, head) : readCompletion(answer);
  const told = translated(asked, completion, head, usage);
  return { bytes: encoder.encode(JSON.stringify(told)), response: keeping.isKept ? told : undefined };
}

/** What the client is told where the account does not keep the response after all. */
export function unkeptBody(response: JsonRecord): Uint8Array {
  return encoder.encode(JSON.stringify({ ...response, store: false }));
}

function translated(asked: AnyCall, completion: ChatCompletion, head: TranslatedHead, usage: ToldUsage): JsonRecord {
  const { id, model, created, now, keeping } = head;
  switch (asked.wire) {
    case 'chat': {
      const calls = new ClientCalls(asked.request);
      const choices = completion.choices.map((choice) => calls.wholeChoice(toldWholeChoice(choice)));
      return { ...completion, choices, model, usage: chatUsage(usage) };
    }
    case 'messages':
      return messageOfCompletion(completion, { id, model, usage });
    case 'responses':
      return responseOfCompletion(completion, asked.request, { id, model, createdAt: created, now, keeping, usage });
    case 'embeddings':
      throw new Error('embeddings are never translated');
  }
}
