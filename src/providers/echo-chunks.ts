import type { EchoReply } from './echo-reply.ts';
import type { EchoRequest } from './echo-request.ts';

/** The replies of `echo` in the shape of OpenAI's answers. */

export interface EchoEnvelope {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export function echoCompletion(envelope: EchoEnvelope, { choices }: EchoRequest, reply: EchoReply) {
  const text = reply.tokens.join('');
  const message =
    reply.tool === undefined
      ? { role: 'assistant', content: text, refusal: null }
      : { role: 'assistant', content: null, refusal: null, tool_calls: [toolCall(envelope, reply.tool, text)] };
  return {
    ...shaped(envelope, 'chat.completion'),
    choices: Array.from({ length: choices }, (_, index) => {
      return { index, message, logprobs: null, finish_reason: reply.finishReason };
    }),
    usage: reply.usage,
  };
}

/** The data of each event of a stream. Several answers take turns, token by token. */
export function* echoChunks(envelope: EchoEnvelope, request: EchoRequest, reply: EchoReply): Generator<string> {
  const head = shaped(envelope, 'chat.completion.chunk');
  const usage = request.includeUsage ? { usage: null } : {};
  const chunk = (index: number, delta: object, finishReason: string | null) =>
    JSON.stringify({ ...head, choices: [{ index, delta, logprobs: null, finish_reason: finishReason }], ...usage });
  for (let index = 0; index < request.choices; index += 1) yield chunk(index, opening(envelope, reply), null);
  for (const token of reply.tokens) {
    for (let index = 0; index < request.choices; index += 1) yield chunk(index, addition(reply, token), null);
  }
  for (let index = 0; index < request.choices; index += 1) yield chunk(index, {}, reply.finishReason);
  if (request.includeUsage) yield JSON.stringify({ ...head, choices: [], usage: reply.usage });
}

function opening(envelope: EchoEnvelope, { tool }: EchoReply): object {
  if (tool === undefined) return { role: 'assistant', content: '', refusal: null };
  return { role: 'assistant', content: null, tool_calls: [{ index: 0, ...toolCall(envelope, tool, '') }] };
}

function addition({ tool }: EchoReply, token: string): object {
  return tool === undefined ? { content: token } : { tool_calls: [{ index: 0, function: { arguments: token } }] };
}

function toolCall({ id }: EchoEnvelope, name: string, argumentsText: string) {
  return { id: `call_${id}`, type: 'function', function: { name, arguments: argumentsText } };
}

function shaped({ id, created, model }: EchoEnvelope, object: string) {
  return { id, object, created, model, system_fingerprint: 'echo', service_tier: 'default' };
}
