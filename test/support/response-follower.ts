import type { ResponsesEvent } from './responses.ts';

const textFields: Readonly<Record<string, string>> = {
  'response.output_text': 'text',
  'response.refusal': 'refusal',
  'response.reasoning_summary_text': 'text',
  'response.function_call_arguments': 'arguments',
  'response.custom_tool_call_input': 'input',
};

/** Checks the order of a stream's events: items and parts begin, grow, and are told whole. */
export class ResponseFollower {
  readonly items: unknown[] = [];
  readonly open = new Set<unknown>();
  readonly faults: string[] = [];
  #added = 0;
  readonly #texts = new Map<string, string>();

  follow(event: ResponsesEvent): void {
    const type = String(event['type']);
    const output = Number(event['output_index']);
    if (type === 'response.output_item.added') {
      this.#check(output === this.#added, `item ${output} was added out of its turn`);
      this.#added += 1;
      this.open.add(output);
    } else if (type === 'response.output_item.done') {
      this.#check(this.open.delete(output), `item ${output} was done, and not open`);
      this.items[output] = event['item'];
    } else if (event['item_id'] !== undefined) {
      this.#check(this.open.has(output), `${type} is of item ${output}, which is not open`);
      this.#followText(type, event);
    }
  }

  #followText(type: string, event: ResponsesEvent): void {
    const [, name = '', what] = /^(.+)\.(delta|done)$/.exec(type) ?? [];
    const field = textFields[name];
    if (field === undefined) return;
    const { output_index: output, content_index: content, summary_index: summary } = event;
    const place = JSON.stringify([output, content, summary]);
    const known = this.#texts.get(place) ?? '';
    if (what === 'delta') this.#texts.set(place, known + String(event['delta']));
    else this.#check(event[field] === known, `${type} tells another text than its pieces`);
  }

  #check(isRight: boolean, fault: string): void {
    if (!isRight) this.faults.push(fault);
  }
}
