import type { ChunkDelta, ReasoningDetail } from '../chat/chunk.ts';
import type { CallSlots } from '../chat/call-slots.ts';
import { type ReasoningOrigin, redactedDataOf } from './thinking-block.ts';

/** The pieces of which the blocks of a message are made, in the order in which they are to be seen. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** Pieces with the same key are of one block. */
  | { readonly kind: 'thinking'; readonly key: string; readonly text: string; readonly origin: ReasoningOrigin }
  | { readonly kind: 'redacted'; readonly data: string }
  | {
      readonly kind: 'call';
      readonly slot: number;
      readonly id: string | undefined;
      readonly name: string | undefined;
      readonly text: string;
    };

/** What a delta adds, in the order in which a model thinks, speaks and acts. */
export function piecesOf(delta: ChunkDelta, slots: CallSlots): Piece[] {
  const { reasoning_content: plain = '', reasoning_details: details, tool_calls: calls = [] } = delta;
  const pieces = details === undefined && plain === '' ? [] : reasoningPieces(details ?? [], plain);
  for (const text of [delta.content, delta.refusal]) {
    if (text !== undefined && text !== '') pieces.push({ kind: 'text', text });
  }
  for (const call of calls) {
    const { id, function: made } = call;
    pieces.push({ kind: 'call', slot: slots.slotOf(call), id, name: made?.name, text: made?.arguments ?? '' });
  }
  return pieces;
}

/** The details say what the plain text does, and more; but some servers have details only of what is hidden. */
function reasoningPieces(details: readonly ReasoningDetail[], plain: string): Piece[] {
  const pieces = details.map(pieceOf);
  const isSaid = pieces.some((piece) => piece.kind === 'thinking' && piece.text !== '');
  if (isSaid || plain === '') return pieces;
  return [{ kind: 'thinking', key: 'plain', text: plain, origin: {} }, ...pieces];
}

function pieceOf(detail: ReasoningDetail): Piece {
  switch (detail.type) {
    case 'reasoning.text':
    case 'reasoning.summary': {
      const { type, index, id, format } = detail;
      const text = detail.type === 'reasoning.text' ? (detail.text ?? '') : detail.summary;
      const signature = detail.type === 'reasoning.text' ? detail.signature : undefined;
      const origin = {
        type,
        ...(signature === undefined || signature === '' ? {} : { signature }),
        ...(id === undefined ? {} : { id }),
        ...(format === undefined ? {} : { format }),
      };
      return { kind: 'thinking', key: `${type} ${index ?? ''}`, text, origin };
    }
    case 'reasoning.encrypted':
      return { kind: 'redacted', data: redactedDataOf(detail) };
  }
}

/** Who calls a tool: the model itself, and no program that it has written. */
export const directCaller = { type: 'direct' } as const;

/** Whether a piece has nothing to begin a block with. */
export function isNothing(piece: Piece): boolean {
  if (piece.kind === 'thinking') return piece.text === '' && piece.origin.signature === undefined;
  return piece.kind === 'text' && piece.text === '';
}

/** Whether the arguments of a call can't go on, but for spaces. */
export function isWholeObject(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
