import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import type { ChunkChoice, ToolCallDelta } from './chunk.ts';
import type { ChatRequest } from './request.ts';
import { CustomInput } from '../responses/custom-input.ts';

/**
 * Tells tool calls in the way in which a client of chat completions asked for its tools, where the provider knows only
 * functions. Calls of tools that take any text are told as `custom`. Calls of `functions`, which are older than tools,
 * are told as `function_call`.
 */
export class ClientCalls {
  readonly #isLegacy: boolean;
  readonly #customNames: ReadonlySet<string>;
  /** The inputs of custom calls, by choice and number. */
  readonly #inputs = new Map<string, CustomInput>();

  constructor(request: ChatRequest) {
    this.#isLegacy = hasLegacyFunctions(request);
    this.#customNames = new Set(
      (request.tools ?? []).flatMap((tool) =>
        tool['type'] === 'custom' ? (asText(asRecord(tool['custom'])?.['name']) ?? []) : [],
      ),
    );
  }

  /** A choice of a chunk. */
  chunkChoice(choice: ChunkChoice): ChunkChoice | JsonRecord {
    if (this.#isLegacy) return legacyChoice(choice);
    if (this.#customNames.size === 0) return choice;
    const { delta, index } = choice;
    const calls = (delta.tool_calls ?? []).map((call) => this.#callDelta(index, call));
    const rest = choice.finish_reason === null ? [] : this.#rests(index);
    const all = [...calls, ...rest];
    return all.length === 0 ? choice : { ...choice, delta: { ...delta, tool_calls: all } };
  }

  /** A choice of a whole answer. */
  wholeChoice({ delta, ...choice }: ChunkChoice): JsonRecord {
    const { content = null, refusal = null, tool_calls: calls, ...others } = delta;
    const message = { role: 'assistant', content, refusal, ...others };
    if (calls === undefined) return { ...choice, message };
    if (!this.#isLegacy) {
      return { ...choice, message: { ...message, tool_calls: calls.map((call) => this.#wholeCall(call)) } };
    }
    const only = calls[0]?.function;
    return { ...choice, finish_reason: legacyReason(choice), message: { ...message, function_call: only } };
  }

  #wholeCall(delta: ToolCallDelta): JsonRecord {
    const { index: _, ...call } = delta;
    const { name = '', arguments: given = '' } = call.function ?? {};
    if (!this.#customNames.has(name)) return call;
    const input = new CustomInput();
    return { id: call.id, type: 'custom', custom: { name, input: input.push(given) + input.end() } };
  }

  #callDelta(choice: number, call: ToolCallDelta): ToolCallDelta | JsonRecord {
    const { index, id, function: called } = call;
    const key = `${choice} ${index}`;
    const known = this.#inputs.get(key);
    const name = called?.name;
    if (known === undefined && (name === undefined || !this.#customNames.has(name))) return call;
    const input = known ?? new CustomInput();
    this.#inputs.set(key, input);
    const text = input.push(called?.arguments ?? '');
    if (known !== undefined) return { index, custom: { input: text } };
    return { index, ...(id === undefined ? {} : { id }), type: 'custom', custom: { name, input: text } };
  }

  /** The rest of the inputs of a choice that has ended. */
  #rests(choice: number): JsonRecord[] {
    return [...this.#inputs].flatMap(([key, input]) => {
      const [ofChoice, index] = key.split(' ').map(Number);
      const text = ofChoice === choice ? input.end() : '';
      return text === '' ? [] : [{ index, custom: { input: text } }];
    });
  }
}

/** Whether a client uses `functions` and no tools. It can be told of one call only. */
export function hasLegacyFunctions({ tools, functions }: ChatRequest): boolean {
  return asList(functions).length > 0 && (tools ?? []).length === 0;
}

function legacyChoice(choice: ChunkChoice): ChunkChoice | JsonRecord {
  const { tool_calls: calls, ...others } = choice.delta;
  const only = calls?.find(({ index }) => index === 0)?.function;
  const delta = { ...others, ...(only === undefined ? {} : { function_call: only }) };
  return { ...choice, delta, finish_reason: legacyReason(choice) };
}

function legacyReason({ finish_reason: reason }: Pick<ChunkChoice, 'finish_reason'>): string | null {
  return reason === 'tool_calls' ? 'function_call' : reason;
}
