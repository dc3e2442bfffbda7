import { asRecord, parseJson } from '../../src/protocols/json/json-value.ts';

/** The events of a stream of the Messages API, and the message that clients make of them. */

interface MessageEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Comments are left out. Each event must be named as its data says. */
export function messageEvents(stream: string): MessageEvent[] {
  return stream
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const match = /^event: (\w+)\ndata: (.*)$/s.exec(block);
      const data = asRecord(parseJson(match?.[2] ?? ''));
      const event = match?.[1];
      if (event === undefined || data?.['type'] !== event) throw new Error(`no event: ${block}`);
      return { event, data };
    });
}

type MessageBlock = Readonly<Record<string, unknown>>;

interface AccumulatedMessage {
  readonly content: readonly MessageBlock[];
  readonly stop_reason: unknown;
  readonly stop_sequence: unknown;
  readonly usage: Readonly<Record<string, unknown>>;
}

const deltaFields: Readonly<Record<string, { readonly block: string; readonly from: string; readonly to: string }>> = {
  text_delta: { block: 'text', from: 'text', to: 'text' },
  thinking_delta: { block: 'thinking', from: 'thinking', to: 'thinking' },
  signature_delta: { block: 'thinking', from: 'signature', to: 'signature' },
  input_json_delta: { block: 'tool_use', from: 'partial_json', to: 'json' },
};

/**
 * As the official clients do, and stricter about the order: one block at a time, each begun and ended once, under
 * indexes that count up.
 */
export function accumulate(events: readonly MessageEvent[]): AccumulatedMessage {
  const content: Record<string, unknown>[] = [];
  let open: Record<string, unknown> | undefined;
  let ending: Readonly<Record<string, unknown>> = {};
  let usage: Readonly<Record<string, unknown>> = {};
  if (events[0]?.event !== 'message_start') throw new Error('must begin with message_start');
  if (events.at(-1)?.event !== 'message_stop') throw new Error('must end with message_stop');
  for (const { event, data } of events.slice(1, -1)) {
    if (usage['output_tokens'] !== undefined) throw new Error(`${event} after message_delta`);
    switch (event) {
      case 'content_block_start':
        if (open !== undefined || data['index'] !== content.length) throw new Error('a block begins out of order');
        open = { ...asRecord(data['content_block']), json: '' };
        content.push(open);
        break;
      case 'content_block_delta': {
        const delta = asRecord(data['delta']);
        const field = deltaFields[String(delta?.['type'])];
        if (field === undefined || open?.['type'] !== field.block || data['index'] !== content.length - 1) {
          throw new Error(`a delta out of place: ${JSON.stringify(data)}`);
        }
        const added = String(delta?.[field.from]);
        open[field.to] = field.to === 'signature' ? added : String(open[field.to]) + added;
        break;
      }
      case 'content_block_stop':
        if (open === undefined || data['index'] !== content.length - 1) throw new Error('a block ends out of order');
        open = undefined;
        break;
      case 'message_delta':
        if (open !== undefined) throw new Error('a block is left open');
        ending = asRecord(data['delta']) ?? {};
        usage = asRecord(data['usage']) ?? {};
        break;
      default:
        throw new Error(`unexpected ${event}`);
    }
  }
  return {
    content: content.map(finished),
    stop_reason: ending['stop_reason'],
    stop_sequence: ending['stop_sequence'],
    usage,
  };
}

function finished({ json, ...block }: Record<string, unknown>): MessageBlock {
  return block['type'] === 'tool_use' ? { ...block, input: parseJson(String(json)), json } : block;
}
