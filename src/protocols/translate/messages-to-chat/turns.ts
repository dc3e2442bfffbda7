import { type JsonRecord, asText } from '../../json/json-value.ts';
import {
  type Note,
  type Part,
  type PlacedBlock,
  contentOf,
  partsOf,
  placedBlocks,
  textParts,
  withCache,
} from './content.ts';
import { noteLongName } from './tools.ts';
import type { MessagesRequest } from '../../messages/request.ts';
import { detailOf } from '../../messages/thinking-block.ts';

export type ChatTurn = JsonRecord & { readonly role: string };

/** Consecutive turns of one role are one: so Anthropic reads them. */
interface Turn {
  readonly role: string;
  readonly blocks: readonly PlacedBlock[];
}

export function chatTurns(request: MessagesRequest, note: Note): ChatTurn[] {
  return [...systemTurn(request), ...joinedTurns(request).flatMap((turn) => chatTurnsOf(turn, note))];

  function systemTurn({ system }: MessagesRequest): ChatTurn[] {
    const blocks = placedBlocks(system ?? [], 'system').filter(({ block }) => !isBillingNote(block));
    return blocks.length === 0 ? [] : [systemTurnOf(blocks, note)];
  }
}

/**
 * Claude Code writes into its system prompt whom Anthropic is to bill. No other provider can use that, and because it
 * differs with each call, nothing after it could be read from a cache.
 */
function isBillingNote(block: JsonRecord): boolean {
  return (asText(block['text']) ?? '').startsWith('x-anthropic-billing-header:');
}

function joinedTurns({ messages }: MessagesRequest): Turn[] {
  const turns: { role: string; blocks: PlacedBlock[] }[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    // This turn of the system says how hard to think. Nobody else can be told so in between.
    if (content === undefined) continue;
    const blocks = placedBlocks(content, `messages[${index}].content`);
    const last = turns.at(-1);
    if (last?.role === role) addTo(last.blocks, blocks);
    else turns.push({ role, blocks });
  }
  return turns;
}

/** Not `push(...more)`: a body may hold more blocks than a call takes arguments. */
function addTo<Item>(list: Item[], more: readonly Item[]): void {
  for (const item of more) list.push(item);
}

function chatTurnsOf({ role, blocks }: Turn, note: Note): ChatTurn[] {
  switch (role) {
    case 'assistant':
      return [assistantTurn(blocks, note)];
    case 'system':
      return [systemTurnOf(blocks, note)];
    default:
      return userTurns(blocks, note);
  }
}

function systemTurnOf(blocks: readonly PlacedBlock[], note: Note): ChatTurn {
  return { role: 'system', content: contentOf(blocks.flatMap((each) => textsOf(each, note))) };
}

/** The texts of anyone but a user: other providers take pictures and files only from users. */
function textsOf(placed: PlacedBlock, note: Note): Part[] {
  const parts = partsOf(placed, note);
  if (parts.every(({ type }) => type === 'text')) return parts;
  note(
    `${placed.param}.type`,
    'Only a user can show pictures and files to this model. Send them in a turn of the user.',
  );
  return [];
}

/** Results of calls stand in messages of their own, right after the calls. All else follows. */
function userTurns(blocks: readonly PlacedBlock[], note: Note): ChatTurn[] {
  const results: ChatTurn[] = [];
  const parts: Part[] = [];
  for (const placed of blocks) {
    if (placed.block.type !== 'tool_result') {
      addTo(parts, partsOf(placed, note));
      continue;
    }
    results.push(toolTurn(placed, note));
  }
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, { role: 'user', content: contentOf(parts) }];
}

function toolTurn({ block, param }: PlacedBlock, note: Note): ChatTurn {
  const parts = placedBlocks(block['content'], `${param}.content`).flatMap((each) => partsOf(each, note));
  const told = block['is_error'] === true ? asError(parts) : parts;
  const last = told.at(-1);
  const content = contentOf(last === undefined ? [] : [...told.slice(0, -1), withCache(last, block)]);
  return { role: 'tool', tool_call_id: asText(block['tool_use_id']) ?? '', content };
}

/** Only the result can tell that a tool failed. Many results say so themselves. */
function asError(parts: readonly Part[]): Part[] {
  const [first, ...rest] = parts;
  if (first?.type !== 'text') return [...textParts('Error', {}), ...parts];
  const text = asText(first['text']) ?? '';
  return [/^\W*error/i.test(text) ? first : { ...first, text: `Error: ${text}` }, ...rest];
}

function assistantTurn(blocks: readonly PlacedBlock[], note: Note): ChatTurn {
  const parts: Part[] = [];
  const calls: JsonRecord[] = [];
  const thoughts: JsonRecord[] = [];
  for (const placed of blocks) {
    const { block, param } = placed;
    switch (block.type) {
      case 'thinking':
      case 'redacted_thinking':
        thoughts.push(block);
        break;
      case 'tool_use':
        if (typeof block['toolset_name'] === 'string') {
          note(
            `${param}.toolset_name`,
            'Only Claude models know this set of tools. Keep to one for this conversation.',
          );
        }
        noteLongName(block['name'], `${param}.name`, note);
        calls.push({
          id: asText(block['id']) ?? '',
          type: 'function',
          function: { name: asText(block['name']) ?? '', arguments: JSON.stringify(block['input'] ?? {}) },
        });
        break;
      case 'server_tool_use':
        // All other models are told at once what tools there are.
        if (!(asText(block['name']) ?? '').startsWith('tool_search_tool')) addTo(parts, textsOf(placed, note));
        break;
      default:
        addTo(parts, textsOf(placed, note));
    }
  }
  return {
    role: 'assistant',
    content: spokenContent(parts, calls.length > 0),
    ...reasoningFields(thoughts),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

/** The texts of one answer are pieces of one text. With citations they may be pieces of one sentence. */
function spokenContent(parts: readonly Part[], hasCalls: boolean): string | null | readonly Part[] {
  if (parts.length === 0) return hasCalls ? null : '';
  const isPlain = parts.every((part) => part.type === 'text' && part['cache_control'] === undefined);
  return isPlain ? parts.map((part) => asText(part['text']) ?? '').join('') : parts;
}

/** Reasoning twice: in full, and as the plain text that some servers want back. */
function reasoningFields(thoughts: readonly JsonRecord[]): JsonRecord {
  if (thoughts.length === 0) return {};
  const text = thoughts.flatMap((block) => asText(block['thinking']) ?? []).join('\n\n');
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    reasoning_details: thoughts.map(detailOf),
  };
}
