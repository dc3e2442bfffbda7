import { messageOfCompletion } from '../anthropic/completion-to-message.ts';
import { completionOfMessage } from '../anthropic/message-to-completion.ts';
import type { ChatCompletion } from '../openai/chat-chunk.ts';
import { ClientCalls } from '../openai/client-calls.ts';
import { chatUsage } from '../openai/chat-sink.ts';
import { readCompletion } from '../openai/read-completion.ts';
import { responseOfCompletion } from '../openai/responses-answer.ts';
import type { ToldUsage } from '../openai/answer-sink.ts';
import type { AttemptAnswered } from './attempt.ts';
import type { TranslatedHead } from './translated-head.ts';
import type { AnyCall } from './wires.ts';

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
): Uint8Array {
  if (asked.wire === sent.wire) return bytes;
  const completion = sent.wire === 'messages' ? completionOfMessage(answer, head) : readCompletion(answer);
  return encoder.encode(JSON.stringify(translated(asked, completion, head, usage)));
}

function translated(asked: AnyCall, completion: ChatCompletion, head: TranslatedHead, usage: ToldUsage): object {
  const { id, model, created, now } = head;
  switch (asked.wire) {
    case 'chat': {
      const calls = new ClientCalls(asked.request);
      const choices = completion.choices.map((choice) => calls.wholeChoice(choice));
      return { ...completion, choices, model, usage: chatUsage(usage) };
    }
    case 'messages':
      return messageOfCompletion(completion, { id, model, usage });
    case 'responses':
      return responseOfCompletion(completion, asked.request, { id, model, createdAt: created, now, usage });
    case 'embeddings':
      throw new Error('embeddings are never translated');
  }
}
