import type { ChunkDelta, ReasoningDetail } from '../chat/chunk.ts';
import type { CallSlots } from '../chat/call-slots.ts';
import { readableText } from '../chat/readable-text.ts';
import { present } from '../json/present.ts';
import { type ReasoningOrigin, redactedDataOf } from './thinking-block.ts';

/** A piece of a block of a message. */
export type Piece =
  | { readonly kind: 'text' | 'redacted'; readonly text: string }
  /** Pieces with the same key belong to one block. */
  | { readonly kind: 'thinking'; readonly key: string; readonly text: string; readonly origin: ReasoningOrigin }
  | {
      readonly kind: 'call';
      readonly slot: number;
      readonly id: string | undefined;
      readonly name: string | undefined;
      readonly text: string;
    };

/** The pieces that a delta adds, in the order in which a model thinks, speaks and acts. */
export function piecesOf(delta: ChunkDelta, slots: CallSlots): Piece[] {
  const { reasoning_content: plain = '', reasoning_details: details, tool_calls: calls = [] } = delta;
  const pieces = details === undefined && plain === '' ? [] : reasoningPieces(details ?? [], plain);
  for (const text of [delta.content, delta.refusal]) {
    if (text !== undefined && text !== '') pieces.push({ kind: 'text', text });
  }
  for (const call of calls) {
    const { id, function: called } = call;
    pieces.push({ kind: 'call', slot: slots.slotOf(call), id, name: called?.name, text: called?.arguments ?? '' });
  }
  return pieces;
}

/** The details repeat the plain text, and say more. But some servers give details only of hidden reasoning. */
function reasoningPieces(details: readonly ReasoningDetail[], plain: string): Piece[] {
  const pieces = details.map(pieceOf);
  const repeatPlain = pieces.some((piece) => piece.kind === 'thinking' && piece.text !== '');
  if (repeatPlain || plain === '') return pieces;
  return [{ kind: 'thinking', key: 'plain', text: plain, origin: {} }, ...pieces];
}

function pieceOf(detail: ReasoningDetail): Piece {
  if (detail.type === 'reasoning.encrypted') return { kind: 'redacted', text: redactedDataOf(detail) };
  const { type, index, id, format } = detail;
  const signature = type === 'reasoning.text' && detail.signature !== '' ? detail.signature : undefined;
  const origin = present({ type, signature, id, format });
  return { kind: 'thinking', key: `${type} ${index ?? ''}`, text: readableText(detail), origin };
}

/** Says that the model itself calls a tool, and not a program that it has written. */
export const directCaller = { type: 'direct' } as const;

/** Whether a piece is too empty to begin a block. */
export function isNothing(piece: Piece): boolean {
  if (piece.kind === 'thinking') return piece.text === '' && piece.origin.signature === undefined;
  return piece.kind === 'text' && piece.text === '';
}
