import type { ChatMessage } from '../../chat/request.ts';
import { customInput } from '../../responses/tools.ts';
import { EmbeddedJson } from '../../json/embedded-json.ts';
import { type JsonRecord, asCount, asList, asRecord, asText, isSet } from '../../json/json-value.ts';
import { type Untranslatable, untranslatable } from '../../protocol-call.ts';
import { type Block, blocksOf, textBlocks } from './content.ts';
import type { ToolIds } from './ids.ts';
import { claudeFormat } from '../../messages/thinking-block.ts';

/**
 * What the assistant said, as blocks: its thoughts, its words, and its calls of tools.
 * @param json reads the arguments of all calls of the conversation
 */
export function assistantBlocks(
  message: ChatMessage,
  param: string,
  ids: ToolIds,
  json = new EmbeddedJson(),
): Block[] | Untranslatable {
  if (isSet(message['audio'])) {
    return untranslatable(`${param}.audio`, 'This model knows no answer by its sound. Send what was said as content.');
  }
  const said = blocksOf(message.content, `${param}.content`);
  if ('kind' in said) return said;
  const refusal = textBlocks(asText(message['refusal']) ?? '');
  const calls = asList(message['tool_calls']).map((call) => asRecord(call) ?? {});
  const legacy = asRecord(message['function_call']);
  const uses = [
    ...calls.map((call) => toolUse(functionOf(call), ids.called(asText(call['id'])), json)),
    ...(legacy === undefined ? [] : [toolUse(legacy, ids.called(undefined), json)]),
  ];
  return withThoughts(thoughtsOf(message['reasoning_details']), [...said, ...refusal, ...uses]);
}

/** The function that was called. A tool that takes any text is a function of that one argument. */
function functionOf(call: JsonRecord): JsonRecord {
  const custom = asRecord(call['custom']);
  if (custom === undefined) return asRecord(call['function']) ?? {};
  return { name: custom['name'], arguments: JSON.stringify({ [customInput]: asText(custom['input']) ?? '' }) };
}

function toolUse(called: JsonRecord, id: string, json: EmbeddedJson): Block {
  return {
    type: 'tool_use',
    id,
    name: asText(called['name']) ?? '',
    input: inputOf(asText(called['arguments']) ?? '', json),
  };
}

/** Anthropic wants an object. A model may have written something else, which must not end the conversation. */
function inputOf(written: string, json: EmbeddedJson): JsonRecord {
  if (written.trim() === '') return {};
  return asRecord(json.parse(written)) ?? { arguments: written };
}

interface Thought {
  readonly block: Block;
  /** Its place in the turn. */
  readonly index: number | undefined;
}

/** The thoughts that Anthropic signed, or encrypted for itself. It would reject all others. */
function thoughtsOf(details: unknown): Thought[] {
  const thoughts: Thought[] = [];
  let text: string | undefined;
  for (const detail of asList(details).map((each) => asRecord(each) ?? {})) {
    const format = asText(detail['format']);
    if (format !== undefined && format !== claudeFormat) continue;
    const index = asCount(detail['index']);
    if (detail['type'] === 'reasoning.encrypted') {
      const data = asText(detail['data']) ?? '';
      if (data !== '') thoughts.push({ block: { type: 'redacted_thinking', data }, index });
      text = undefined;
    } else if (detail['type'] === 'reasoning.text') {
      // Clients keep the pieces of a stream as they came. The signature comes with the last.
      text = (text ?? '') + (asText(detail['text']) ?? '');
      const signature = asText(detail['signature']) ?? '';
      if (signature === '') continue;
      thoughts.push({ block: { type: 'thinking', thinking: text, signature }, index });
      text = undefined;
    }
  }
  return thoughts;
}

/** Puts thoughts back between other blocks where their places are known; else they come first. */
function withThoughts(thoughts: readonly Thought[], others: readonly Block[]): Block[] {
  const length = thoughts.length + others.length;
  const placed = new Map(thoughts.map(({ block, index }) => [index, block]));
  // No thought can come last where there is more than thoughts.
  const end = others.length > 0 ? length - 1 : length;
  const isPlaced = placed.size === thoughts.length && thoughts.every(({ index = end }) => index < end);
  if (!isPlaced) return [...thoughts.map(({ block }) => block), ...others];
  const rest = [...others];
  return Array.from({ length }, (_, index) => placed.get(index) ?? rest.shift()).filter((block) => block !== undefined);
}
