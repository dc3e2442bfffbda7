import { CallSlots } from '../../chat/call-slots.ts';
import type { ChatCompletion, ToolCall } from '../../chat/chunk.ts';
import type { ClientUsage } from '../../chunk-writer.ts';
import { asRecord, parseJson } from '../../json/json-value.ts';
import { type Piece, directCaller, isNothing, piecesOf } from '../../messages/answer-blocks.ts';
import { messageEnd, messageUsage } from '../../messages/message-end.ts';
import type { MessageHead } from '../../messages/writer.ts';
import { signatureOf } from '../../messages/thinking-block.ts';

/** A whole answer as the Messages API gives it. Of several choices only the first is given: a message is one answer. */
export function messageOfCompletion(
  completion: ChatCompletion,
  { id, model, usage }: MessageHead & { readonly usage: ClientUsage },
): Record<string, unknown> {
  const choice = completion.choices.find(({ index }) => index === 0) ?? completion.choices[0];
  const {
    content,
    refusal,
    tool_calls: calls = [],
    reasoning_content: plain,
    reasoning_details: details,
  } = {
    ...choice?.message,
  };
  const said = piecesOf(
    {
      content: content ?? '',
      refusal: refusal ?? '',
      reasoning_content: plain ?? '',
      reasoning_details: details ?? [],
    },
    new CallSlots(),
  );
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    diagnostics: null,
    content: [...joined(said).map(blockOf), ...calls.map(toolUseOf)],
    ...messageEnd({
      finish: choice?.finish_reason ?? null,
      stopSequence: choice?.stop_sequence,
      hasCalls: calls.length > 0,
      refusal: refusal ?? undefined,
    }),
    usage: messageUsage(usage, completion.service_tier),
  };
}

type Said = Exclude<Piece, { kind: 'call' }>;

/** Pieces that belong together become one, as a stream would have them. */
function joined(pieces: readonly Piece[]): Said[] {
  const all: Said[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece.kind === 'call') continue;
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

function blockOf(piece: Said): Record<string, unknown> {
  switch (piece.kind) {
    case 'text':
      return { type: 'text', text: piece.text };
    case 'thinking':
      return { type: 'thinking', thinking: piece.text, signature: signatureOf(piece.origin) };
    case 'redacted':
      return { type: 'redacted_thinking', data: piece.data };
  }
}

function toolUseOf({ id, function: made }: ToolCall): Record<string, unknown> {
  return { type: 'tool_use', id, name: made.name, input: inputOf(made.arguments), caller: directCaller };
}

/**
 * The arguments of a call as the object that Anthropic's clients expect. Models do write arguments that are none. Such
 * a call is passed on, because only the client can have its model correct it, and no object that a tool would take for
 * its input must be made up: the text stands under the name that Anthropic advises for what is not valid, so that the
 * tool's schema refuses it, and the model reads what it wrote.
 */
function inputOf(text: string): Record<string, unknown> {
  const parsed = parseJson(text);
  if (text.trim() === '' || parsed === null) return {};
  // Some servers write the arguments as JSON twice.
  const value = typeof parsed === 'string' ? parseJson(parsed) : parsed;
  return { ...(asRecord(value) ?? { INVALID_JSON: text }) };
}
