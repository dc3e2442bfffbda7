import { inventedCallId } from '../chat/read-chunk.ts';
import { parseJson } from '../json/json-value.ts';
import { sseTypedText } from '../sse.ts';
import { type Piece, directCaller, isNothing } from './answer-blocks.ts';
import { type ReasoningOrigin, signatureOf } from './thinking-block.ts';

type Block = {
  /** Its index in the message; undefined until it is started. */
  index: number | undefined;
  /** Before the block is started, what is still to be written. Of a started call, all arguments so far. */
  text: string;
} & (
  | { readonly kind: 'text' | 'redacted' }
  | { readonly kind: 'thinking'; readonly key: string; origin: ReasoningOrigin }
  | { readonly kind: 'call'; readonly slot: number; id: string | undefined; name: string | undefined }
);

/**
 * Writes the blocks of a message one after another, as the protocol demands, in whatever order their pieces come. Only
 * the first unfinished block is written as it comes; pieces of other blocks wait. A block ends when another begins, but
 * a call only when its arguments are whole. Pure but for what it remembers.
 */
export class BlockWriter {
  readonly #messageId: string;
  readonly #queue: Block[] = [];
  /** The slots of all calls so far. */
  readonly #calls = new Set<number>();
  #nextIndex = 0;
  /** How long the arguments of the open call were when they were last found not to be whole. */
  #lookedAt = -1;
  /** What an event that adds to the open block begins with: writing it out each time costs more than the rest. */
  #beforeDelta = '';
  /** Whether the open block is text. */
  #isText = false;

  constructor(messageId: string) {
    this.#messageId = messageId;
  }

  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  /** As `add` of a piece of text. Nearly all pieces are text, and continue the open block. */
  addText(text: string): string {
    return this.#isText && this.#queue.length === 1 ? this.#delta(text) : this.add({ kind: 'text', text });
  }

  add(piece: Piece): string {
    const block = this.#blockFor(piece);
    if (block === undefined) return this.#enqueue(piece) ? this.#advance() : '';
    if (piece.kind === 'call' && block.kind === 'call') {
      block.id ??= piece.id;
      block.name ??= piece.name;
    }
    if (piece.kind === 'thinking' && block.kind === 'thinking') block.origin = merged(block.origin, piece.origin);
    // Of a started block, only the arguments of a call are looked at again.
    if (block.index === undefined || block.kind === 'call') block.text += piece.text;
    if (block.index !== undefined) return this.#delta(piece.text);
    return block === this.#queue[0] ? this.#advance() : '';
  }

  /** Writes and ends all blocks. */
  finish(): string {
    let events = '';
    for (const block of this.#queue) events += this.#start(block) + this.#stop(block);
    this.#queue.length = 0;
    return events;
  }

  /** The block that a piece continues. Slots tell calls apart; any other piece can only continue the last block. */
  #blockFor(piece: Piece): Block | undefined {
    if (piece.kind === 'call') return this.#queue.find((block) => block.kind === 'call' && block.slot === piece.slot);
    const last = this.#queue.at(-1);
    if (last?.kind !== piece.kind || piece.kind === 'redacted') return undefined;
    return last.kind === 'thinking' && piece.kind === 'thinking' && last.key !== piece.key ? undefined : last;
  }

  /** Makes a block of a piece. Answers false if there is none to make: of no text, or of a call that has ended. */
  #enqueue(piece: Piece): boolean {
    if (isNothing(piece) || (piece.kind === 'call' && this.#calls.has(piece.slot))) return false;
    if (piece.kind === 'call') this.#calls.add(piece.slot);
    this.#queue.push({ index: undefined, ...piece });
    return true;
  }

  /** Starts the first block, and ends all blocks that are known to be whole. */
  #advance(): string {
    let events = '';
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined) return events;
      // Nothing can be written of a call that has no name yet.
      if (first.kind === 'call' && first.name === undefined) return events;
      events += this.#start(first);
      if (this.#queue.length === 1 || !this.#isWhole(first)) return events;
      events += this.#stop(first);
      this.#queue.shift();
    }
  }

  /** Looks at the same arguments only once. */
  #isWhole(block: Block): boolean {
    if (block.kind !== 'call') return true;
    if (block.text.length === this.#lookedAt) return false;
    this.#lookedAt = block.text.length;
    return block.text.trimEnd().endsWith('}') && parseJson(block.text) !== undefined;
  }

  #start(block: Block): string {
    if (block.index !== undefined) return '';
    const index = this.#nextIndex;
    block.index = index;
    this.#nextIndex += 1;
    this.#lookedAt = -1;
    this.#isText = block.kind === 'text';
    const start = sseTypedText('content_block_start', { index, content_block: this.#emptyBlock(block) });
    if (block.kind === 'redacted') return start;
    const delta = sseTypedText('content_block_delta', { index, delta: emptyDeltas[block.kind] });
    this.#beforeDelta = delta.slice(0, -'""}}\n\n'.length);
    return start + this.#delta(block.text);
  }

  /** Adds to the block that was started last. */
  #delta(text: string): string {
    return text === '' ? '' : `${this.#beforeDelta}${JSON.stringify(text)}}}\n\n`;
  }

  #emptyBlock(block: Block): object {
    switch (block.kind) {
      case 'text':
        return { type: 'text', text: '' };
      case 'thinking':
        return { type: 'thinking', thinking: '', signature: '' };
      case 'redacted':
        return { type: 'redacted_thinking', data: block.text };
      case 'call': {
        const id = block.id ?? inventedCallId(this.#messageId, block.slot);
        return { type: 'tool_use', id, name: block.name ?? '', input: {}, caller: directCaller };
      }
    }
  }

  #stop(block: Block): string {
    const index = block.index ?? 0;
    let before = '';
    if (block.kind === 'thinking') {
      // The signature comes whole: clients take the last event for all of it.
      const delta = { type: 'signature_delta', signature: signatureOf(block.origin) };
      before = sseTypedText('content_block_delta', { index, delta });
    }
    if (block.kind === 'call' && block.text === '') before = this.#delta('{}');
    this.#isText = false;
    return before + sseTypedText('content_block_stop', { index });
  }
}

/** What adds nothing to a block. Redacted blocks come whole. */
const emptyDeltas: Readonly<Record<Exclude<Block['kind'], 'redacted'>, object>> = {
  text: { type: 'text_delta', text: '' },
  thinking: { type: 'thinking_delta', thinking: '' },
  call: { type: 'input_json_delta', partial_json: '' },
};

/** Most pieces say nothing new of their origin: then there is no copy. */
function merged(known: ReasoningOrigin, said: ReasoningOrigin): ReasoningOrigin {
  const { type = known.type, signature = known.signature, id = known.id, format = known.format } = said;
  const isKnown = type === known.type && signature === known.signature && id === known.id && format === known.format;
  return isKnown ? known : { ...known, ...said };
}
