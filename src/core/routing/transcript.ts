import {
  transcriptCharsMax,
  transcriptLeadingMax,
  transcriptOtherCharsMax,
  transcriptPartsMax,
  transcriptSystemCharsMax,
  transcriptToolsMax,
  transcriptTurnsMax,
  transcriptUserCharsMax,
} from '../../limits.ts';
import { asList, asRecord, asText, type JsonRecord, recordsIn } from '../../protocols/json/json-value.ts';
import type { ProtocolCall } from '../../protocols/protocol-call.ts';
import { protocols } from '../../protocols/protocols.ts';
import { ClippedText } from './clipped-text.ts';

export interface Turn {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
  /** Names of the tools that the assistant calls. */
  readonly toolCalls: readonly string[];
}

/**
 * A conversation in whichever protocol, as it is judged. It has only the end of a long conversation, and only the
 * beginning and the end of a long message, so that the work is bounded. A malformed part counts as absent.
 */
export interface Transcript {
  readonly system: string;
  /** Oldest first. */
  readonly turns: readonly Turn[];
  /** Names of the tools that may be called. */
  readonly tools: readonly string[];
  readonly images: number;
  readonly files: number;
  /** How many characters these turns have. */
  readonly characters: number;
}

const nothing: Transcript = { system: '', turns: [], tools: [], images: 0, files: 0, characters: 0 };

export function transcriptOf({ protocol, request }: Pick<ProtocolCall, 'protocol' | 'request'>): Transcript {
  const fields = protocols[protocol].conversation;
  if (fields === undefined) return nothing;
  const said = request[fields.items];
  const items = typeof said === 'string' ? [{ role: 'user', content: said }] : asList(said);
  const start = Math.max(0, items.length - transcriptTurnsMax);
  const recent = recordsIn(items.slice(start));
  const leading = recordsIn(items.slice(0, Math.min(start, transcriptLeadingMax)));
  const reading = new Reading();
  // From the newest to the oldest, so that the oldest is left out of a long conversation.
  recent.toReversed().forEach((item) => reading.addItem(item));
  const system = new ClippedText(transcriptSystemCharsMax);
  const instructions = fields.instructions === undefined ? undefined : request[fields.instructions];
  const ofSystem = [...leading, ...recent].filter(isInstruction).map((item) => item['content']);
  [instructions, ...ofSystem].map(textsOf).forEach((texts, index) => {
    if (index > 0 && texts.length > 0) system.append('\n');
    texts.forEach((text) => system.append(text));
  });
  const tools = fields.tools.flatMap((name) => asList(request[name]).slice(0, transcriptToolsMax));
  return {
    ...reading.read(),
    system: system.text().trimStart(),
    tools: tools.flatMap((tool) => toolName(tool) ?? []).slice(0, transcriptToolsMax),
  };
}

function isInstruction({ role }: JsonRecord): boolean {
  return role === 'system' || role === 'developer';
}

/** Chat completions name a tool one level down; a tool that the provider runs may have a type only. */
function toolName(tool: unknown): string | undefined {
  const fields = asRecord(tool);
  const inner = asRecord(fields?.['function']) ?? asRecord(fields?.['custom']);
  return asText(inner?.['name']) ?? asText(fields?.['name']) ?? asText(fields?.['type']);
}

/** Collects turns, the newest first. */
class Reading {
  readonly #turns: Turn[] = [];
  #images = 0;
  #files = 0;
  /** The user's words have room of their own: the results of many tools must not displace them. */
  readonly #room = { user: transcriptCharsMax, others: transcriptCharsMax };

  read(): Pick<Transcript, 'turns' | 'images' | 'files' | 'characters'> {
    const turns = this.#turns.toReversed();
    const characters = turns.reduce((sum, { text }) => sum + text.length, 0);
    return { turns, images: this.#images, files: this.#files, characters };
  }

  addItem(item: JsonRecord): void {
    const role = asText(item['role']);
    switch (role) {
      case 'user':
        this.#addUser(item['content']);
        break;
      case 'assistant':
        this.#addAssistant(item);
        break;
      case 'tool':
      case 'function':
        this.#countMedia(item['content']);
        this.#add('tool', item['content']);
        break;
      case undefined:
        this.#addResponsesItem(item, asText(item['type']) ?? '');
        break;
      default:
        break;
    }
  }

  /** In Messages the results of tools are parts of a user's message, before the user's words. */
  #addUser(content: unknown): void {
    this.#countMedia(content);
    const parts = partsOf(content);
    const results = parts.filter(isToolResult);
    if (results.length === 0 || results.length < parts.length) this.#add('user', content);
    results.toReversed().forEach((result) => {
      this.#countMedia(result['content']);
      this.#add('tool', result['content']);
    });
  }

  #addAssistant(item: JsonRecord): void {
    const calls = asList(item['tool_calls']).slice(-transcriptPartsMax);
    const uses = partsOf(item['content']).filter((part) => asText(part['type'])?.endsWith('tool_use') === true);
    const legacy = asRecord(item['function_call']);
    const names = [...calls, ...uses, ...(legacy === undefined ? [] : [legacy])].flatMap(
      (call) => toolName(call) ?? [],
    );
    this.#add('assistant', item['content'], names);
  }

  /** In Responses a call of a tool and its result are items of their own. */
  #addResponsesItem(item: JsonRecord, type: string): void {
    if (type.endsWith('_output')) {
      this.#countMedia(item['output']);
      this.#add('tool', item['output']);
    } else if (type.endsWith('_call')) {
      this.#add('assistant', undefined, [asText(item['name']) ?? type.slice(0, -'_call'.length)]);
    }
  }

  #add(role: Turn['role'], content: unknown, toolCalls: readonly string[] = []): void {
    const purse = role === 'user' ? 'user' : 'others';
    const max = role === 'user' ? transcriptUserCharsMax : transcriptOtherCharsMax;
    const clipped = new ClippedText(Math.min(max, this.#room[purse]));
    textsOf(content).forEach((text) => clipped.append(text));
    const text = clipped.text();
    this.#room[purse] -= text.length;
    const newer = this.#turns.at(-1);
    if (role === 'assistant' && newer?.role === 'assistant') {
      // Some protocols have one message for what an assistant says and calls, others have several.
      const texts = [text, newer.text].filter((each) => each !== '');
      const together = { role, text: texts.join('\n'), toolCalls: [...toolCalls, ...newer.toolCalls] };
      this.#turns.splice(-1, 1, together);
      return;
    }
    this.#turns.push({ role, text, toolCalls });
  }

  #countMedia(content: unknown): void {
    for (const { type } of partsOf(content)) {
      const kind = asText(type);
      if (kind === undefined) continue;
      if (imageKinds.has(kind)) this.#images++;
      if (fileKinds.has(kind)) this.#files++;
    }
  }
}

const imageKinds = new Set(['image_url', 'image', 'input_image']);
const fileKinds = new Set(['file', 'input_file', 'document', 'input_audio', 'video_url', 'container_upload']);
const textKinds = new Set(['text', 'input_text', 'output_text']);

function isToolResult(part: JsonRecord): boolean {
  return asText(part['type'])?.endsWith('tool_result') === true;
}

function partsOf(content: unknown): readonly JsonRecord[] {
  return recordsIn(asList(content).slice(-transcriptPartsMax));
}

/** The parts of a text follow each other directly: where a client divides it has no meaning. */
function textsOf(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  return asList(content)
    .slice(-transcriptPartsMax)
    .flatMap((part) => {
      if (typeof part === 'string') return [part];
      const fields = asRecord(part);
      const kind = asText(fields?.['type']);
      return kind !== undefined && textKinds.has(kind) ? (asText(fields?.['text']) ?? []) : [];
    });
}
