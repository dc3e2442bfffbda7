import type { AddedText, TextTemplate } from '../json/text-template.ts';
import { type JsonRecord, asCount, asRecord, asText } from '../json/json-value.ts';
import { mergedUsage } from '../merged-usage.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import { type ReaderOptions, type StreamEvent, StreamReader, chunkEvent, otherEvent } from '../stream-reader.ts';
import { isSearchBlock } from '../web-searches.ts';
import { decodeAnthropicFault } from './fault.ts';
import { countBlock, usageOf } from './usage.ts';

/** After so many templates none is learned any more: the events of this stream differ in more than their text. */
const templatesMax = 256;

/** Reads the stream of a message. The text of a block is added to its index. */
export class MessagesStream extends StreamReader<number> {
  webSearches = 0;
  /** The reports so far, in the provider's words: a later report says only what has changed. */
  #reported: JsonRecord = {};
  #isStopped = false;

  constructor(options: Pick<ReaderOptions, 'wordsPerToken'>) {
    super(options, templatesMax);
  }

  override get isComplete(): boolean {
    return (this.#isStopped || this.hasEnded) && !this.hasFailed;
  }

  protected override readValue(event: JsonRecord, data: string): StreamEvent {
    switch (event['type']) {
      case 'message_start': {
        const message = asRecord(event['message']);
        this.note({ id: message?.['id'], model: message?.['model'] });
        return chunkEvent(event, this.#report(asRecord(message?.['usage']), 'beginning'));
      }
      case 'content_block_start': {
        const block = asRecord(event['content_block']);
        countBlock(this.count, asCount(event['index']) ?? 0, block);
        if (isSearchBlock(block)) this.webSearches += 1;
        return chunkEvent(event);
      }
      case 'content_block_delta':
        return this.#readDelta(event, data);
      case 'content_block_stop':
        return chunkEvent(event);
      case 'message_delta': {
        const reason = asText(asRecord(event['delta'])?.['stop_reason']);
        if (reason !== undefined) this.#isStopped = true;
        this.note({ finishReason: reason });
        return chunkEvent(event, this.#report(asRecord(event['usage']), 'end'));
      }
      case 'message_stop':
        this.hasEnded = true;
        return { kind: 'done', value: event };
      default: {
        const fault = decodeAnthropicFault(event);
        if (fault === undefined) return otherEvent;
        this.hasFailed = !this.isComplete;
        for (const place of [event, asRecord(event['error']), asRecord(event['message'])]) {
          this.#report(asRecord(place?.['usage']), 'end');
        }
        return { kind: 'fault', fault };
      }
    }
  }

  #readDelta(event: JsonRecord, data: string): StreamEvent {
    const index = asCount(event['index']) ?? 0;
    const delta = asRecord(event['delta']);
    switch (delta?.['type']) {
      case 'text_delta': {
        const text = asText(delta['text']) ?? '';
        this.count.addContent(index, text);
        this.learn(data, event);
        return { kind: 'chunk', usage: undefined, content: { kind: 'text', choice: 0, text } };
      }
      case 'thinking_delta':
        this.count.add(index, { thinking: delta['thinking'] });
        return chunkEvent(event);
      case 'input_json_delta':
        this.count.add(index, { arguments: delta['partial_json'] });
        return chunkEvent(event);
      default:
        // A signature or a citation is no generated text.
        return chunkEvent(event);
    }
  }

  protected override addText({ place: index }: TextTemplate<number>, text: string): number {
    this.count.addContent(index, text);
    return 0;
  }

  protected override addedText(event: JsonRecord): AddedText<number> | undefined {
    const place = asCount(event['index']);
    const delta = asRecord(event['delta']);
    const text = asText(delta?.['text']);
    if (place === undefined || text === undefined) return undefined;
    return { place, name: 'text', text, withText: (other) => ({ ...event, delta: { ...delta, text: other } }) };
  }

  #report(said: JsonRecord | undefined, at: 'beginning' | 'end'): ReportedUsage | undefined {
    if (said === undefined) return undefined;
    const reported = mergedUsage(this.#reported, said);
    const usage = usageOf(reported, this.webSearches);
    if (usage === undefined || !this.believe(usage, at === 'end')) return undefined;
    this.#reported = reported;
    return usage;
  }
}
