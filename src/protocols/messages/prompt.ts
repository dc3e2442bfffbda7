import { type JsonRecord, asList, asRecord, asText, isSet } from '../json/json-value.ts';
import { type Prompt, PromptFindings } from '../prompt.ts';
import {
  blockFields,
  clearingEdits,
  messageFields,
  messagesParameters,
  outputConfigFields,
  textBlocks,
  toolFields,
} from './parameters.ts';
import type { MessagesCall, MessagesRequest } from './request.ts';

export function measureMessagesPrompt(call: MessagesCall): Prompt {
  const { request } = call;
  const found = new MessageFindings(call, messagesParameters);
  found.noteFields(request);
  const tools = request.tools ?? [];
  for (const [index, tool] of tools.entries()) found.noteTool(tool, `tools[${index}]`);
  found.visitBlocks(request.system, 'system');
  for (const [index, message] of request.messages.entries()) {
    const param = `messages[${index}]`;
    found.noteOthers(message, messageFields, 'messages', param);
    found.visitBlocks(message.content, `${param}.content`);
  }
  return found.prompt(tools.length > 0);
}

/** Whether anything is to be cached for an hour, which costs more to write than a cache by default. */
export function asksForLongCache({ request }: MessagesCall): boolean {
  return [request, ...(request.tools ?? []), ...blocksOf(request)].some((each) => {
    const { type: _, ttl, ...others } = asRecord(asRecord(each)?.['cache_control']) ?? {};
    // Another parser may take an unknown name for one of the two: see `readObject`.
    return (isSet(ttl) && ttl !== '5m') || Object.keys(others).length > 0;
  });
}

function* blocksOf({ system, messages }: MessagesRequest): Generator {
  for (const block of asList(system)) yield* withInner(block);
  for (const { content } of messages) for (const block of asList(content)) yield* withInner(block);
}

/** Results of tools, and documents, hold blocks of their own. */
function* withInner(block: unknown): Generator {
  yield block;
  const record = asRecord(block);
  for (const content of [record?.['content'], asRecord(record?.['source'])?.['content']]) {
    const inner = asRecord(content);
    if (inner !== undefined) yield* withInner(inner);
    for (const each of asList(content)) yield* withInner(each);
  }
}

class MessageFindings extends PromptFindings {
  /** Notes fields that are neutral only at some of their values. */
  noteFields(request: MessagesRequest): void {
    const { context_management: management, inference_geo: geo, speed, output_config: config } = request;
    for (const [index, edit] of asList(asRecord(management)?.['edits']).entries()) {
      const type = nameOf(asRecord(edit)?.['type']);
      if (!clearingEdits.has(type)) this.note(`context_management.${type}`, `context_management.edits[${index}].type`);
    }
    // One region alone is dearer.
    if (isSet(geo) && geo !== 'global') this.note('inference_geo', 'inference_geo');
    if (isSet(speed) && speed !== 'standard') this.note('speed', 'speed');
    if (isSet(config)) this.noteOthers(config, outputConfigFields, 'output_config', 'output_config');
  }

  noteTool(tool: JsonRecord, param: string): void {
    const { type } = tool;
    // The provider runs any other type for a fee, or describes it to the model in words of its own.
    if (isSet(type) && type !== 'custom') this.note(`tools.${nameOf(type)}`, `${param}.type`);
    else this.noteOthers(tool, toolFields, 'tools', param);
  }

  visitBlocks(blocks: unknown, param: string): void {
    for (const [index, value] of asList(blocks).entries()) {
      const block = asRecord(value);
      if (block !== undefined) this.#visitBlock(block, `${param}[${index}]`);
    }
  }

  #visitBlock(block: JsonRecord, param: string): void {
    const type = nameOf(block['type']);
    const source = asRecord(block['source']);
    if (type === 'image') {
      this.addMedia('image', `${param}.type`, sourceBytes(source));
    } else if (type === 'document') {
      this.#visitDocument(source, param);
    } else if (!textBlocks.has(type)) {
      this.note(`content.${type}`, `${param}.type`);
      return;
    }
    this.noteOthers(block, blockFields, 'content', param);
    if (asRecord(block['citations'])?.['enabled'] === true) this.note('content.citations', `${param}.citations`);
    // The content of most blocks is a list; of a fetch it is one block, and in that another.
    const inner = asRecord(block['content']);
    if (inner === undefined) this.visitBlocks(block['content'], `${param}.content`);
    else this.#visitBlock(inner, `${param}.content`);
  }

  /** A document of plain text is as long as it is. Only its reader can tell what is in another. */
  #visitDocument(source: JsonRecord | undefined, param: string): void {
    switch (source?.['type']) {
      case 'text':
        return;
      case 'content':
        this.visitBlocks(source['content'], `${param}.source.content`);
        return;
      case 'base64':
      case 'url':
      case 'file':
        this.addMedia('file', `${param}.type`, sourceBytes(source));
        return;
      default:
        this.note(`content.document.${nameOf(source?.['type'])}`, `${param}.source.type`);
    }
  }
}

/** The length of a source's value, which is never longer than what stands for it in the body. */
function sourceBytes(source: JsonRecord | undefined): number {
  const text = asText(source?.['data']) ?? asText(source?.['url']) ?? asText(source?.['file_id']);
  return text?.length ?? 0;
}

function nameOf(type: unknown): string {
  return asText(type) ?? 'unknown';
}
