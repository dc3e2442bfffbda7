import { inventedCallId } from '../chat/read-chunk.ts';
import { sseTypedText } from '../sse.ts';
import { type Piece, directCaller, isNothing, isWholeObject } from './answer-blocks.ts';
import { type ReasoningOrigin, signatureOf } from './thinking-block.ts';

interface BlockBase {
  /** Its index in the message once it has been started. */
  index: number | undefined;
  /** Of a block that has been started, all of it; else what is still to be written. */
  text: string;
}

interface TextBlock extends BlockBase {
  readonly kind: 'text';
}

interface ThinkingBlock extends BlockBase {
  readonly kind: 'thinking';
  readonly key: string;
  origin: ReasoningOrigin;
}

interface RedactedBlock extends BlockBase {
  readonly kind: 'redacted';
}

interface CallBlock extends BlockBase {
  readonly kind: 'call';
  readonly slot: number;
  id: string | undefined;
  name: string | undefined;
}

type Block = TextBlock | ThinkingBlock | RedactedBlock | CallBlock;

/**
 * Writes the blocks of a message one after another, as its protocol demands, whatever the order in which their pieces
 * come: only the first block that isn't whole yet is written as it comes, and what comes for others waits for it. That
 * a call is whole is known by its arguments as soon as something else begins. Pure but for what it remembers.
 */
export class BlockWriter {
  readonly #messageId: string;
  readonly #queue: Block[] = [];
  /** Calls that have begun, whether they have ended or not. */
  readonly #calls = new Set<number>();
  #nextIndex = 0;
  /** How much of the open call was there when it was last known not to be whole. */
  #lookedAt = -1;
  /** An event that adds to the open block, up to what it adds: to write it out each time costs more than the rest. */
  #beforeDelta = '';
  /** Whether the open block is one of text. */
  #isText = false;

  constructor(messageId: string) {
    this.#messageId = messageId;
  }

  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  /** As `add` of a piece of text: nearly all pieces are, and go on with the block that is open. */
  addText(text: string): string {
    return this.#isText && this.#queue.length === 1 ? this.#delta(text) : this.add({ kind: 'text', text });
  }

  add(piece: Piece): string {
    const block = this.#blockFor(piece);
    if (block === undefined) {
      const begun = this.#begin(piece);
      return begun === undefined ? '' : this.#advance();
    }
    if (piece.kind === 'call' && block.kind === 'call') {
      block.id ??= piece.id;
      block.name ??= piece.name;
    }
    if (piece.kind === 'thinking' && block.kind === 'thinking') block.origin = merged(block.origin, piece.origin);
    // Nothing but the arguments of a call is ever looked at again.
    if (block.index === undefined || block.kind === 'call') block.text += piece.kind === 'redacted' ? '' : piece.text;
    if (block.index === undefined) return block === this.#queue[0] ? this.#advance() : '';
    return piece.kind === 'redacted' ? '' : this.#delta(piece.text);
  }

  /** Writes and ends all that there is. */
  finish(): string {
    let events = '';
    for (const block of this.#queue) events += this.#start(block) + this.#stop(block);
    this.#queue.length = 0;
    return events;
  }

  /** The block that a piece goes on with. Calls are told apart by number; of the rest only the last block goes on. */
  #blockFor(piece: Piece): Block | undefined {
    if (piece.kind === 'call') return this.#queue.find((block) => block.kind === 'call' && block.slot === piece.slot);
    const last = this.#queue.at(-1);
    if (last?.kind !== piece.kind || piece.kind === 'redacted') return undefined;
    return last.kind === 'thinking' && piece.kind === 'thinking' && last.key !== piece.key ? undefined : last;
  }

  /** Undefined where nothing is to begin: with no text, or for a call that has ended. */
  #begin(piece: Piece): Block | undefined {
    const block = isNothing(piece) ? undefined : this.#newBlock(piece);
    if (block !== undefined) this.#queue.push(block);
    return block;
  }

  #newBlock(piece: Piece): Block | undefined {
    const base = { index: undefined };
    switch (piece.kind) {
      case 'text':
        return { ...base, ...piece };
      case 'thinking':
        return { ...base, ...piece };
      case 'redacted':
        return { ...base, kind: 'redacted', text: piece.data };
      case 'call':
        if (this.#calls.has(piece.slot)) return undefined;
        this.#calls.add(piece.slot);
        return { ...base, ...piece };
    }
  }

  /** Starts the first block, and ends as many as are known to be whole. */
  #advance(): string {
    let events = '';
    for (;;) {
      const [first] = this.#queue;
      if (first === undefined) return events;
      // Of a call that has no name yet, nothing can be written.
      if (first.kind === 'call' && first.name === undefined) return events;
      events += this.#start(first);
      if (this.#queue.length === 1 || !this.#isWhole(first)) return events;
      events += this.#stop(first);
      this.#queue.shift();
    }
  }

  /** The same arguments are looked at only once. */
  #isWhole(block: Block): boolean {
    if (block.kind !== 'call') return true;
    if (block.text.length === this.#lookedAt) return false;
    this.#lookedAt = block.text.length;
    return isWholeObject(block.text);
  }

  #start(block: Block): string {
    if (block.index !== undefined) return '';
    block.index = this.#nextIndex;
    this.#nextIndex += 1;
    this.#lookedAt = -1;
    this.#isText = block.kind === 'text';
    this.#beforeDelta = beforeDeltaOf(block.kind, block.index);
    const start = sseTypedText('content_block_start', { index: block.index, content_block: this.#emptyBlock(block) });
    const { text } = block;
    return block.kind === 'redacted' ? start : start + this.#delta(text);
  }

  /** Adds to the block that was started last. */
  #delta(text: string): string {
    return text === '' ? '' : `${this.#beforeDelta}${JSON.stringify(text)}}}\n\n`;
  }

  #emptyBlock(block: Block): Record<string, unknown> {
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
    this.#isText = false;
    return this.#lastDelta(block, index) + sseTypedText('content_block_stop', { index });
  }

  #lastDelta(block: Block, index: number): string {
    switch (block.kind) {
      case 'text':
      case 'redacted':
        return '';
      case 'thinking':
        // Clients take the last signature for all of it, so that it has to come whole.
        return sseTypedText('content_block_delta', {
          index,
          delta: { type: 'signature_delta', signature: signatureOf(block.origin) },
        });
      case 'call':
        return block.text === '' ? this.#delta('{}') : '';
    }
  }
}

function beforeDeltaOf(kind: Block['kind'], index: number): string {
  const delta = emptyDeltaOf(kind);
  return delta === undefined ? '' : sseTypedText('content_block_delta', { index, delta }).slice(0, -'""}}\n\n'.length);
}

/** What adds to a block of a kind, with nothing to add. */
function emptyDeltaOf(kind: Block['kind']): Record<string, string> | undefined {
  switch (kind) {
    case 'text':
      return { type: 'text_delta', text: '' };
    case 'thinking':
      return { type: 'thinking_delta', thinking: '' };
    case 'call':
      return { type: 'input_json_delta', partial_json: '' };
    case 'redacted':
      return undefined;
  }
}

/** Most pieces say no more of themselves than the first has. */
function merged(known: ReasoningOrigin, said: ReasoningOrigin): ReasoningOrigin {
  const { type = known.type, signature = known.signature, id = known.id, format = known.format } = said;
  const isKnown = type === known.type && signature === known.signature && id === known.id && format === known.format;
  return isKnown ? known : { ...known, ...said };
}
