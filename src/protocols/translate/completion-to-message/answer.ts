import { CallSlots } from '../../chat/call-slots.ts';
import type { ChatChunk } from '../../chat/chunk.ts';
import type { ClientUsage } from '../../chunk-writer.ts';
import { type JsonRecord, asRecord, parseJson } from '../../json/json-value.ts';
import { type Piece, directCaller, isNothing, piecesOf } from '../../messages/answer-blocks.ts';
import { type MessageHead, messageEnd, messageObject, messageUsage } from '../../messages/message-end.ts';
import { signatureOf } from '../../messages/thinking-block.ts';

/** An answer that came whole as a message. A message is one answer: of several choices only the first is told. */
export function messageOfCompletion(
  { choices, service_tier: tier }: ChatChunk,
  head: MessageHead,
  usage: ClientUsage,
): JsonRecord {
  const choice = choices.find(({ index }) => index === 0) ?? choices[0];
  const { delta = {}, finish_reason: finish = null, stop_sequence: stopSequence } = { ...choice };
  const pieces = joined(piecesOf(delta, new CallSlots()));
  const hasCalls = pieces.some(({ kind }) => kind === 'call');
  const end = messageEnd({ finish, stopSequence, hasCalls, refusal: delta.refusal });
  return messageObject(head, pieces.map(blockOf), end, messageUsage(usage, tier));
}

/** Joins the pieces of one block, as a stream would. */
function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece.kind === 'text' && last?.kind === 'text') {
      all[all.length - 1] = { ...last, text: last.text + piece.text };
    } else if (piece.kind === 'thinking' && last?.kind === 'thinking' && last.key === piece.key) {
      all[all.length - 1] = { ...last, text: last.text + piece.text, origin: { ...last.origin, ...piece.origin } };
    } else if (!isNothing(piece)) {
      all.push(piece);
    }
  }
  return all;
}

function blockOf(piece: Piece): JsonRecord {
  switch (piece.kind) {
    case 'text':
      return { type: 'text', text: piece.text };
    case 'thinking':
      return { type: 'thinking', thinking: piece.text, signature: signatureOf(piece.origin) };
    case 'redacted':
      return { type: 'redacted_thinking', data: piece.text };
    case 'call': {
      const { id, name, text } = piece;
      return { type: 'tool_use', id, name, input: inputOf(text), caller: directCaller };
    }
  }
}

/**
 * The arguments of a call as the object that Anthropic's clients expect. Models do write arguments that are none. Such
 * a call is passed on, because only the client can have its model correct it. No object is made up that a tool would
 * take for its input: the text stands under the name that Anthropic advises for invalid input, so that the tool's
 * schema rejects it, and the model reads what it wrote.
 */
function inputOf(text: string): Record<string, unknown> {
  const parsed = parseJson(text);
  if (text.trim() === '' || parsed === null) return {};
  // Some servers write the arguments as JSON twice.
  const value = typeof parsed === 'string' ? parseJson(parsed) : parsed;
  return { ...(asRecord(value) ?? { INVALID_JSON: text }) };
}
