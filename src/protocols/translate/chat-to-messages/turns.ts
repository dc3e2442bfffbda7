import type { ChatMessage } from '../../chat/request.ts';
import { EmbeddedJson } from '../../json/embedded-json.ts';
import { asText } from '../../json/json-value.ts';
import { type Untranslatable, untranslatable } from '../../protocol-call.ts';
import { assistantBlocks } from './assistant.ts';
import { type Block, blocksOf, textBlocks, withCacheControl } from './content.ts';
import { ToolIds } from './ids.ts';

export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly Block[];
}

export interface Conversation {
  /** What the system says before anything else. */
  readonly system: readonly Block[];
  readonly turns: readonly Turn[];
}

/**
 * Makes turns of the messages of a chat completion. The sides take turns, and all results of tools come at once, before
 * anything else that the user says.
 * @param systemTurns whether the model takes instructions between the turns; else they stand before all of them
 */
export function conversationOf(messages: readonly ChatMessage[], systemTurns: boolean): Conversation | Untranslatable {
  const turns = new TurnWriter(systemTurns);
  const ids = new ToolIds();
  const json = new EmbeddedJson();
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`;
    const isOwn = message.role === 'assistant';
    const blocks = isOwn ? assistantBlocks(message, param, ids, json) : heard(message, param, ids);
    if ('kind' in blocks) return blocks;
    if (sideOf(message.role) === 'system' && blocks.some(({ type }) => type !== 'text')) {
      const why = 'Instructions can be texts only. Send pictures and files as the user.';
      return untranslatable(`${param}.content`, why);
    }
    const last = blocks.at(-1);
    // A cache mark on a message is one on its last block.
    const marked = last === undefined ? [] : [...blocks.slice(0, -1), withCacheControl(last, message['cache_control'])];
    turns.add(sideOf(message.role), marked);
  }
  return turns.end();
}

function sideOf(role: string): Turn['role'] {
  if (role === 'assistant') return role;
  return role === 'system' || role === 'developer' ? 'system' : 'user';
}

/** What the model hears, from anyone. */
function heard(message: ChatMessage, param: string, ids: ToolIds): Block[] | Untranslatable {
  const blocks = blocksOf(message.content, `${param}.content`);
  if ('kind' in blocks || (message.role !== 'tool' && message.role !== 'function')) return blocks;
  const id = ids.answered(message.role === 'tool' ? asText(message['tool_call_id']) : undefined);
  const control = blocks.map((block) => block['cache_control']).find((each) => each !== undefined);
  const content = blocks.map((block) =>
    Object.fromEntries(Object.entries(block).filter(([name]) => name !== 'cache_control')),
  );
  const said = content.length === 0 ? {} : { content: typeof message.content === 'string' ? message.content : content };
  return [withCacheControl({ type: 'tool_result', tool_use_id: id, ...said }, control)];
}

class TurnWriter {
  readonly #systemTurns: boolean;
  readonly #system: Block[] = [];
  readonly #turns: { readonly role: Turn['role']; readonly content: Block[] }[] = [];
  /** Instructions that stand after the user's turn: Anthropic takes them nowhere else. */
  #pending: Block[] = [];

  constructor(systemTurns: boolean) {
    this.#systemTurns = systemTurns;
  }

  add(role: Turn['role'], blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    if (role === 'system') {
      addTo(this.#turns.length === 0 || !this.#systemTurns ? this.#system : this.#pending, blocks);
      return;
    }
    if (role === 'assistant') this.#placeInstructions();
    const last = this.#turns.at(-1);
    if (last?.role === role) addTo(last.content, blocks);
    else this.#turns.push({ role, content: [...blocks] });
  }

  end(): Conversation {
    // Somebody must speak. Where only the system does, the model answers that.
    if (this.#turns.length === 0) this.#turns.push({ role: 'user', content: this.#system.splice(0) });
    if (this.#turns[0]?.role === 'assistant') this.#turns.unshift({ role: 'user', content: textBlocks(beginning) });
    if (this.#turns.at(-1)?.role === 'assistant' && this.#pending.length > 0) {
      this.#turns.push({ role: 'user', content: this.#pending.splice(0) });
    }
    this.#placeInstructions();
    return { system: this.#system, turns: this.#turns.map(resultsFirst) };
  }

  #placeInstructions(): void {
    if (this.#pending.length === 0 || this.#turns.at(-1)?.role !== 'user') return;
    this.#turns.push({ role: 'system', content: this.#pending });
    this.#pending = [];
  }
}

/** Not `push(...more)`: a body may hold more blocks than a call takes arguments. */
function addTo(list: Block[], more: readonly Block[]): void {
  for (const block of more) list.push(block);
}

/** For a conversation that the assistant begins. Anthropic's never do. */
const beginning = 'Begin.';

function resultsFirst({ role, content }: Turn): Turn {
  if (role !== 'user') return { role, content };
  const isResult = ({ type }: Block) => type === 'tool_result';
  return { role, content: [...content.filter(isResult), ...content.filter((block) => !isResult(block))] };
}
