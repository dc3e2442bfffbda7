import type { ChatChunk, ChunkDelta, FinishReason } from '../../chat/chunk.ts';
import { type JsonRecord, asCount, asRecord, asText, recordsIn } from '../../json/json-value.ts';
import { openAiTier } from '../../chat/service-tier.ts';
import type { StreamEvent } from '../../stream-reader.ts';
import { annotationOf, finishReasonOf, refusalOf } from './answer.ts';
import { claudeFormat, detailOf } from '../../messages/thinking-block.ts';

interface OpenCall {
  /** Its number among the calls. */
  readonly index: number;
  readonly input: unknown;
  hasArguments: boolean;
}

/** A text whose sources are told when it is whole, because its place is known by then. */
interface OpenText {
  readonly start: number;
  readonly citations: JsonRecord[];
}

/** Makes chunks of a chat completion from the events of a message, as `MessagesStream` reads them. */
export class MessageChunkReader {
  #tier: string | undefined;
  /** Calls and texts by the index of their block. */
  readonly #calls = new Map<number, OpenCall>();
  readonly #texts = new Map<number, OpenText>();
  /** The length of the text of the answer so far. */
  #length = 0;

  chunks(event: StreamEvent): readonly ChatChunk[] {
    if (event.kind !== 'chunk') return [];
    if (event.content.kind === 'text') return this.#spoke(event.content.text);
    const { value } = event.content;
    const index = asCount(value['index']) ?? 0;
    switch (value['type']) {
      case 'message_start':
        return this.#begin(asRecord(value['message']) ?? {});
      case 'content_block_start':
        return this.#open(index, asRecord(value['content_block']) ?? {});
      case 'content_block_delta':
        return this.#add(index, asRecord(value['delta']) ?? {});
      case 'content_block_stop':
        return this.#close(index);
      case 'message_delta':
        return this.#finish(asRecord(value['delta']) ?? {});
      default:
        return [];
    }
  }

  #begin(message: JsonRecord): ChatChunk[] {
    this.#tier = openAiTier(asText(asRecord(message['usage'])?.['service_tier']));
    return this.#said({ role: 'assistant', content: '' });
  }

  #open(index: number, block: JsonRecord): ChatChunk[] {
    switch (block['type']) {
      case 'text':
        this.#texts.set(index, { start: this.#length, citations: [...recordsIn(block['citations'])] });
        return this.#spoke(asText(block['text']) ?? '');
      case 'thinking':
        return [...this.#thought(index, block['thinking']), ...this.#signed(index, block['signature'])];
      case 'redacted_thinking':
        return this.#said({ reasoning_details: [detailOf(block, index)] });
      case 'tool_use': {
        const call = { index: this.#calls.size, input: block['input'] ?? {}, hasArguments: false };
        this.#calls.set(index, call);
        const called = { name: asText(block['name']) ?? '', arguments: '' };
        const id = asText(block['id']) ?? '';
        return this.#said({ tool_calls: [{ index: call.index, id, type: 'function', function: called }] });
      }
      default:
        return [];
    }
  }

  #add(index: number, delta: JsonRecord): ChatChunk[] {
    switch (delta['type']) {
      case 'thinking_delta':
        return this.#thought(index, delta['thinking']);
      case 'signature_delta':
        return this.#signed(index, delta['signature']);
      case 'input_json_delta': {
        const call = this.#calls.get(index);
        const written = asText(delta['partial_json']) ?? '';
        if (call === undefined || written === '') return [];
        call.hasArguments = true;
        return this.#said({ tool_calls: [{ index: call.index, function: { arguments: written } }] });
      }
      case 'citations_delta':
        this.#texts.get(index)?.citations.push(...recordsIn([delta['citation']]));
        return [];
      default:
        return [];
    }
  }

  /** A call without written arguments has those that stood at its beginning. */
  #close(index: number): ChatChunk[] {
    const text = this.#texts.get(index);
    if (text !== undefined) return this.#cite(index, text);
    const call = this.#calls.get(index);
    if (call === undefined || call.hasArguments) return [];
    call.hasArguments = true;
    return this.#said({ tool_calls: [{ index: call.index, function: { arguments: JSON.stringify(call.input) } }] });
  }

  #cite(index: number, { start, citations }: OpenText): ChatChunk[] {
    this.#texts.delete(index);
    const place = { start_index: start, end_index: this.#length };
    const annotations = citations.flatMap((citation) => annotationOf(citation, place));
    return annotations.length === 0 ? [] : this.#said({ annotations });
  }

  #finish(delta: JsonRecord): ChatChunk[] {
    const reason = finishReasonOf(delta['stop_reason']);
    if (reason === undefined) return [];
    const refusal = refusalOf(delta);
    return [this.#chunk(refusal === undefined ? {} : { refusal }, reason, asText(delta['stop_sequence']))];
  }

  #thought(index: number, thinking: unknown): ChatChunk[] {
    const text = asText(thinking) ?? '';
    if (text === '') return [];
    const detail = { type: 'reasoning.text', text, index, format: claudeFormat } as const;
    return this.#said({ reasoning_content: text, reasoning_details: [detail] });
  }

  /** The end of a thought: it proves to Anthropic that the thought is its own. */
  #signed(index: number, proof: unknown): ChatChunk[] {
    const signature = asText(proof) ?? '';
    if (signature === '') return [];
    return this.#said({ reasoning_details: [{ type: 'reasoning.text', signature, index, format: claudeFormat }] });
  }

  #spoke(text: string): ChatChunk[] {
    this.#length += text.length;
    return text === '' ? [] : this.#said({ content: text });
  }

  #said(delta: ChunkDelta): ChatChunk[] {
    return [this.#chunk(delta, null, undefined)];
  }

  #chunk(delta: ChunkDelta, reason: FinishReason | null, stopped: string | undefined): ChatChunk {
    const choice = { index: 0, delta, finish_reason: reason, logprobs: null };
    return {
      choices: [stopped === undefined ? choice : { ...choice, stop_sequence: stopped }],
      ...(this.#tier === undefined ? {} : { service_tier: this.#tier }),
    };
  }
}
