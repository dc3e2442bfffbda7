import { type JsonRecord, asList, asRecord, asText } from '../../json/json-value.ts';
import { type Drop, type Untranslatable, isUntranslatable, untranslatable } from '../../protocol-call.ts';
import type { ReasoningDetail } from '../../chat/chunk.ts';
import { contentOf, textOf } from './content.ts';
import { detailsOfItem } from '../../responses/reasoning.ts';
import { readableText } from '../../chat/readable-text.ts';
import { type InputItem, type ResponsesRequest, inputItems, itemType } from '../../responses/request.ts';
import { isTraceOfHosted } from '../../responses/hosted-tools.ts';
import { type ToolNames, type ToolOfClient, customInput, searchTool } from '../../responses/tools.ts';
import { isRunByClient, searchAnswer } from '../../responses/tool-search.ts';

/**
 * Makes messages of a chat completion from the input of a response. What an assistant says, thinks and calls until
 * another speaks is one message there, and an item each here.
 */
export function chatMessages(
  request: ResponsesRequest,
  names: ToolNames,
  drop: Drop = () => undefined,
): readonly JsonRecord[] | Untranslatable {
  const messages = new Messages(names);
  if (typeof request.instructions === 'string' && request.instructions !== '') {
    messages.add({ role: 'system', content: request.instructions });
  }
  for (const [index, item] of inputItems(request).entries()) {
    if (isTraceOfHosted(itemType(item))) {
      drop(`input.${itemType(item)}`);
      continue;
    }
    const fault = messages.visit(item, `input[${index}]`);
    if (fault !== undefined) return fault;
  }
  return messages.end();
}

class Messages {
  readonly #names: ToolNames;
  readonly #done: JsonRecord[] = [];
  #turn = new AssistantTurn();

  constructor(names: ToolNames) {
    this.#names = names;
  }

  add(message: JsonRecord): void {
    this.#endTurn();
    this.#done.push(message);
  }

  end(): readonly JsonRecord[] {
    this.#endTurn();
    return this.#done;
  }

  visit(item: InputItem, param: string): Untranslatable | undefined {
    const type = itemType(item);
    switch (type) {
      case 'message':
        return this.#visitMessage(item, param);
      case 'reasoning':
        // Not all at once: an item may hold more of them than a call takes arguments.
        for (const detail of detailsOfItem(item)) this.#turn.reasoning.push(detail);
        return undefined;
      case 'function_call':
        this.#addCall(item, 'function', asText(item['arguments']) ?? '');
        return undefined;
      case 'custom_tool_call': {
        const input = { [customInput]: asText(item['input']) ?? '' };
        this.#addCall(item, 'custom', JSON.stringify(input));
        return undefined;
      }
      case 'function_call_output':
      case 'custom_tool_call_output': {
        const content = contentOf(outputOf(item['output']), `${param}.output`);
        if (isUntranslatable(content)) return content;
        this.add({ role: 'tool', tool_call_id: asText(item['call_id']) ?? '', content });
        return undefined;
      }
      case 'tool_search_call':
        // The tools say enough of a server's search.
        if (isRunByClient(item)) this.#call(item, searchTool, JSON.stringify(item['arguments'] ?? {}));
        return undefined;
      case 'tool_search_output':
        if (isRunByClient(item)) {
          this.add({ role: 'tool', tool_call_id: asText(item['call_id']) ?? '', content: searchAnswer(item) });
        }
        return undefined;
      case 'additional_tools':
        // These are among the tools.
        return undefined;
      default:
        return untranslatable(
          `${param}.type`,
          `An item of type '${type}' can be understood by a provider that speaks the Responses API only. ` +
            'Leave it out, or choose a model of such a provider.',
        );
    }
  }

  #visitMessage(item: InputItem, param: string): Untranslatable | undefined {
    const { role } = item;
    if (role === 'assistant') {
      for (const part of partsOf(item['content'])) {
        const refusal = asText(part['refusal']);
        const text = textOf(part);
        if (refusal !== undefined) this.#turn.refusals.push(refusal);
        else if (text !== undefined) this.#turn.texts.push(text);
        else
          return untranslatable(
            `${param}.content`,
            'What an assistant has said can be texts only. Send what else there was as text.',
          );
      }
      return undefined;
    }
    const content = contentOf(item['content'], `${param}.content`);
    if (isUntranslatable(content)) return content;
    const isText = typeof content === 'string' || content.every(({ type }) => type === 'text');
    if (role !== 'user' && !isText) {
      return untranslatable(`${param}.content`, 'Instructions can be texts only. Send pictures and files as the user.');
    }
    this.add({ role: asText(role) ?? 'user', content });
    return undefined;
  }

  #addCall(item: InputItem, kind: ToolOfClient['kind'], given: string): void {
    const namespace = asText(item['namespace']);
    const tool = { kind, name: asText(item['name']) ?? '', ...(namespace === undefined ? {} : { namespace }) };
    this.#call(item, tool, given);
  }

  #call(item: InputItem, tool: ToolOfClient, given: string): void {
    this.#turn.calls.push({
      id: asText(item['call_id']) ?? '',
      type: 'function',
      function: { name: this.#names.nameOf(tool), arguments: given },
    });
  }

  #endTurn(): void {
    const message = this.#turn.message();
    if (message !== undefined) this.#done.push(message);
    this.#turn = new AssistantTurn();
  }
}

/** What an assistant says, thinks and calls until another speaks. */
class AssistantTurn {
  readonly texts: string[] = [];
  readonly refusals: string[] = [];
  readonly calls: JsonRecord[] = [];
  readonly reasoning: ReasoningDetail[] = [];

  /** Undefined where it is empty. Thoughts alone, with nothing after them, are not worth a message. */
  message(): JsonRecord | undefined {
    const { texts, refusals, calls, reasoning } = this;
    if (texts.length + refusals.length + calls.length === 0) return undefined;
    const [only] = texts;
    const thought = reasoning.map(readableText).filter((text) => text !== '');
    return {
      role: 'assistant',
      content: texts.length > 1 ? texts.map((text) => ({ type: 'text', text })) : (only ?? null),
      ...(refusals.length === 0 ? {} : { refusal: refusals.join('\n') }),
      ...(thought.length === 0 ? {} : { reasoning_content: thought.join('\n') }),
      ...(reasoning.length === 0 ? {} : { reasoning_details: reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    };
  }
}

/** The output of a tool is a text or parts. Some clients send the answer itself. */
function outputOf(output: unknown): unknown {
  return asRecord(output) === undefined ? output : JSON.stringify(output);
}

function partsOf(content: unknown): readonly JsonRecord[] {
  if (typeof content === 'string') return [{ type: 'input_text', text: content }];
  return asList(content).map((part) => asRecord(part) ?? {});
}
