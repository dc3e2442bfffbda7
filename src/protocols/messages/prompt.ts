import { asList, asRecord, asText, isSet } from '../json/json-value.ts';
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
import type { ContentBlock, MessagesCall, MessagesRequest } from './request.ts';

export function measureMessagesPrompt(call: MessagesCall): Prompt {
  const { request } = call;
  const found = new PromptFindings(call, messagesParameters);
  noteFields(request, found);
  const tools = request.tools ?? [];
  for (const [index, tool] of tools.entries()) noteTool(tool, `tools[${index}]`, found);
  visitBlocks(asList(request.system), 'system', found);
  for (const [index, message] of request.messages.entries()) {
    const param = `messages[${index}]`;
    noteOthers(message, messageFields, 'messages', param, found);
    visitBlocks(asList(message.content), `${param}.content`, found);
  }
  return found.prompt(tools.length > 0);
}

/** Whether anything is to be cached for an hour, which costs more to write than what is cached unasked. */
export function asksForLongCache({ request }: MessagesCall): boolean {
  return [request, ...(request.tools ?? []), ...blocksOf(request)].some((each) => {
    const { type: _, ttl, ...others } = asRecord(asRecord(each)?.['cache_control']) ?? {};
    // A name that is none of the two may be one of them to another parser: see `readObject`.
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

function noteOthers(
  fields: object,
  known: ReadonlySet<string>,
  name: string,
  param: string,
  found: PromptFindings,
): void {
  for (const [field, value] of Object.entries(fields)) {
    if (!known.has(field) && value !== null) found.note(`${name}.${field}`, `${param}.${field}`);
  }
}

/** Fields that are neutral at some of their values only. */
function noteFields(request: MessagesRequest, found: PromptFindings): void {
  const { context_management: management, inference_geo: geo, speed, output_config: config } = request;
  for (const [index, edit] of asList(asRecord(management)?.['edits']).entries()) {
    const type = nameOf(asRecord(edit)?.['type']);
    if (!clearingEdits.has(type)) found.note(`context_management.${type}`, `context_management.edits[${index}].type`);
  }
  // What is served in one region only is dearer.
  if (isSet(geo) && geo !== 'global') found.note('inference_geo', 'inference_geo');
  if (isSet(speed) && speed !== 'standard') found.note('speed', 'speed');
  if (isSet(config)) noteOthers(config, outputConfigFields, 'output_config', 'output_config', found);
}

function noteTool(tool: object, param: string, found: PromptFindings): void {
  const type: unknown = Reflect.get(tool, 'type');
  // All others are run by the provider, for a fee, or described to the model in words that only the provider has.
  if (isSet(type) && type !== 'custom') found.note(`tools.${nameOf(type)}`, `${param}.type`);
  else noteOthers(tool, toolFields, 'tools', param, found);
}

function visitBlocks(blocks: readonly unknown[], param: string, found: PromptFindings): void {
  for (const [index, value] of blocks.entries()) {
    const block = asRecord(value);
    if (block !== undefined) visitBlock({ ...block, type: nameOf(block['type']) }, `${param}[${index}]`, found);
  }
}

function visitBlock(block: ContentBlock, param: string, found: PromptFindings): void {
  const { type } = block;
  const source = asRecord(block['source']);
  if (type === 'image') {
    found.addMedia('image', `${param}.type`, sourceBytes(source));
  } else if (type === 'document') {
    visitDocument(block, source, param, found);
  } else if (!textBlocks.has(type)) {
    found.note(`content.${type}`, `${param}.type`);
    return;
  }
  noteOthers(block, blockFields, 'content', param, found);
  if (asRecord(block['citations'])?.['enabled'] === true) found.note('content.citations', `${param}.citations`);
  visitContent(block['content'], `${param}.content`, found);
}

/** Of most blocks a list; of what was fetched one block, and in that another. */
function visitContent(content: unknown, param: string, found: PromptFindings): void {
  const inner = asRecord(content);
  if (inner === undefined) visitBlocks(asList(content), param, found);
  else visitBlock({ ...inner, type: nameOf(inner['type']) }, param, found);
}

/** A document of plain text is as long as it is. What is in another, only whoever reads it can say. */
function visitDocument(
  { type }: ContentBlock,
  source: ReturnType<typeof asRecord>,
  param: string,
  found: PromptFindings,
): void {
  switch (source?.['type']) {
    case 'text':
      return;
    case 'content':
      visitBlocks(asList(source['content']), `${param}.source.content`, found);
      return;
    case 'base64':
    case 'url':
    case 'file':
      found.addMedia('file', `${param}.type`, sourceBytes(source));
      return;
    default:
      found.note(`content.${type}.${nameOf(source?.['type'])}`, `${param}.source.type`);
  }
}

/** The length of what says what is put in. What it is in the body is never shorter. */
function sourceBytes(source: ReturnType<typeof asRecord>): number {
  const text = asText(source?.['data']) ?? asText(source?.['url']) ?? asText(source?.['file_id']);
  return text?.length ?? 0;
}

function nameOf(type: unknown): string {
  return asText(type) ?? 'unknown';
}
