import { type JsonRecord, asCount, asRecord, asText, parseJson } from '../json/json-value.ts';
import { mergedUsage } from '../merged-usage.ts';
import { OutputCount } from '../output-count.ts';
import type { ReportedUsage } from '../reported-usage.ts';
import type { ReaderOptions, StreamEvent, StreamReader } from '../stream-reader.ts';
import { isSearchBlock } from '../web-searches.ts';
import { decodeAnthropicFault } from './fault.ts';
import { countBlock, usageOf } from './usage.ts';
import { TextDeltaTemplate } from './text-delta-template.ts';

const other: StreamEvent = { kind: 'other' };
/** A stream whose events differ in more than their text, again and again, has each of them parsed. */
const templatesMax = 256;

/** Follows the stream of a message: what has been generated, what was reported, and whether it is complete. */
export class MessagesStream implements StreamReader {
  readonly count: OutputCount;
  webSearches = 0;
  #usage: ReportedUsage | undefined;
  /** What was reported so far, in the provider's words: a later report says only what has changed. */
  #reported: JsonRecord = {};
  /** All the output that had come with the last report that is not one of a beginning. */
  #allAtUsage = -1;
  #isDone = false;
  #isComplete = false;
  /** Whether its provider has said so, before it was complete. Whatever comes then makes it no more complete. */
  #hasFailed = false;
  #template: TextDeltaTemplate | undefined;
  #templates = 0;

  constructor({ wordsPerToken }: Pick<ReaderOptions, 'wordsPerToken'>) {
    this.count = new OutputCount(wordsPerToken);
  }

  get usage(): ReportedUsage | undefined {
    return this.#usage;
  }

  get usageOfAll(): ReportedUsage | undefined {
    return this.#allAtUsage === this.count.all ? this.#usage : undefined;
  }

  get finalUsage(): ReportedUsage | undefined {
    return this.isComplete || this.#hasFailed ? this.usageOfAll : undefined;
  }

  get isDone(): boolean {
    return this.#isDone && !this.#hasFailed;
  }

  get isComplete(): boolean {
    return (this.#isComplete || this.#isDone) && !this.#hasFailed;
  }

  read(data: string | undefined): StreamEvent {
    if (data === undefined) return other;
    const text = this.#template?.textIn(data);
    if (text !== undefined && this.#template !== undefined) {
      this.count.addContent(this.#template.index, text);
      return { kind: 'chunk', usage: undefined, content: { kind: 'text', choice: 0, text } };
    }
    const event = asRecord(parseJson(data));
    return event === undefined ? other : this.#readEvent(event, data);
  }

  #readEvent(event: JsonRecord, data: string): StreamEvent {
    switch (event['type']) {
      case 'message_start':
        return chunk(event, this.#report(asRecord(asRecord(event['message'])?.['usage']), 'beginning'));
      case 'content_block_start': {
        const block = asRecord(event['content_block']);
        countBlock(this.count, asCount(event['index']) ?? 0, block);
        if (isSearchBlock(block)) this.webSearches += 1;
        return chunk(event);
      }
      case 'content_block_delta':
        return this.#readDelta(event, data);
      case 'content_block_stop':
        return chunk(event);
      case 'message_delta': {
        if (asText(asRecord(event['delta'])?.['stop_reason']) !== undefined) this.#isComplete = true;
        return chunk(event, this.#report(asRecord(event['usage']), 'end'));
      }
      case 'message_stop':
        this.#isDone = true;
        return { kind: 'done', value: event };
      default: {
        const fault = decodeAnthropicFault(event);
        if (fault === undefined) return other;
        this.#hasFailed = !this.isComplete;
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
        this.#learn(data, event);
        return { kind: 'chunk', usage: undefined, content: { kind: 'text', choice: 0, text } };
      }
      case 'thinking_delta':
        this.count.add(index, { thinking: delta['thinking'] });
        return chunk(event);
      case 'input_json_delta':
        this.count.add(index, { arguments: delta['partial_json'] });
        return chunk(event);
      default:
        // A signature proves something, and a citation points at words that were put in: nothing is generated.
        return chunk(event);
    }
  }

  #learn(data: string, event: JsonRecord): void {
    if (this.#templates >= templatesMax) return;
    const template = TextDeltaTemplate.of(data, event);
    if (template === undefined) return;
    this.#template = template;
    this.#templates += 1;
  }

  /** What a provider reports is believed unless more than that has come already. */
  #report(said: JsonRecord | undefined, at: 'beginning' | 'end'): ReportedUsage | undefined {
    if (said === undefined) return undefined;
    const reported = mergedUsage(this.#reported, said);
    const usage = usageOf(reported, this.webSearches);
    if (usage === undefined || !this.count.report(usage.outputTokens)) return undefined;
    this.#reported = reported;
    this.#usage = usage;
    if (at === 'end') this.#allAtUsage = this.count.all;
    return usage;
  }
}

function chunk(value: JsonRecord, usage?: ReportedUsage): StreamEvent {
  return { kind: 'chunk', usage, content: { kind: 'value', value } };
}
