import { type JsonRecord, asList, asRecord, asText } from '../../json/json-value.ts';
import type { ContentBlock } from '../../messages/request.ts';

/** What a message says, as content parts of a chat completion. */

export type Part = JsonRecord & { readonly type: string };

/** Notes a part that a chat completion has no words for, and the remedy. */
export type Note = (param: string, message: string) => void;

/** A block, and its place in the body. */
export interface PlacedBlock {
  readonly block: ContentBlock;
  readonly param: string;
}

export function placedBlocks(content: unknown, param: string): PlacedBlock[] {
  if (typeof content === 'string') return [{ block: { type: 'text', text: content }, param }];
  return asList(content).flatMap((value, index) => {
    const block = asRecord(value);
    const type = asText(block?.['type']);
    return type === undefined ? [] : [{ block: { ...block, type }, param: `${param}[${index}]` }];
  });
}

export function partsOf({ block, param }: PlacedBlock, note: Note): Part[] {
  switch (block.type) {
    case 'text':
      return textParts(asText(block['text']) ?? '', block);
    case 'image':
      return imageParts(block, param, note);
    case 'document':
      return documentParts(block, param, note);
    case 'search_result':
      return textParts(searchResultText(block), block);
    case 'tool_reference':
      // Other models are shown all tools at once.
      return textParts(`The tool ${asText(block['tool_name']) ?? ''} can be used.`, block);
    case 'fallback':
    case 'tool_search_tool_result':
      // It tells where another model took over, or which tools were looked up. Nobody said anything.
      return [];
    default:
      note(
        `${param}.type`,
        `'${block.type}' is known to Anthropic alone. Leave such blocks out, or keep to a Claude model here.`,
      );
      return [];
  }
}

export function textParts(text: string, { cache_control: control }: JsonRecord): Part[] {
  if (text === '') return [];
  return [{ type: 'text', text, ...(asRecord(control) === undefined ? {} : { cache_control: control }) }];
}

/** The shortest form of parts: a string where there is only one text. */
export function contentOf(parts: readonly Part[]): string | readonly Part[] {
  const [first, second] = parts;
  if (first === undefined) return '';
  const isPlain = second === undefined && first.type === 'text' && first['cache_control'] === undefined;
  return isPlain ? (asText(first['text']) ?? '') : parts;
}

function imageParts(block: ContentBlock, param: string, note: Note): Part[] {
  const source = asRecord(block['source']) ?? {};
  const url = urlOf(source);
  if (url === undefined) {
    note(`${param}.source`, storedFile('image'));
    return [];
  }
  return [withCache({ type: 'image_url', image_url: { url } }, block)];
}

function urlOf({ type, media_type: mediaType, data, url }: JsonRecord): string | undefined {
  if (type === 'base64' && typeof data === 'string') return `data:${asText(mediaType) ?? ''};base64,${data}`;
  return type === 'url' ? asText(url) : undefined;
}

function storedFile(what: string): string {
  return `Only Anthropic has the files uploaded to it. Send the ${what} itself, in base64, or its web address.`;
}

function documentParts(block: ContentBlock, param: string, note: Note): Part[] {
  const source = asRecord(block['source']) ?? {};
  const heading = [asText(block['title']), asText(block['context'])].filter(
    (text) => text !== undefined && text !== '',
  );
  switch (source['type']) {
    case 'text':
      return textParts([...heading, asText(source['data']) ?? ''].join('\n\n'), block);
    case 'content': {
      const inside = placedBlocks(source['content'], `${param}.source.content`).flatMap((each) => partsOf(each, note));
      const parts = [...textParts(heading.join('\n\n'), {}), ...inside];
      const last = parts.at(-1);
      return last === undefined ? [] : [...parts.slice(0, -1), withCache(last, block)];
    }
    default: {
      const url = urlOf(source);
      if (url === undefined) {
        note(`${param}.source`, storedFile('document'));
        return [];
      }
      const title = asText(block['title']) ?? 'document';
      const filename = /\.pdf$/i.test(title) ? title : `${title}.pdf`;
      return [
        ...textParts(asText(block['context']) ?? '', {}),
        withCache({ type: 'file', file: { filename, file_data: url } }, block),
      ];
    }
  }
}

function searchResultText({ title, source, content }: JsonRecord): string {
  const found = asList(content).map((each) => asText(asRecord(each)?.['text']) ?? '');
  return [asText(title) ?? '', asText(source) ?? '', ...found].filter((text) => text !== '').join('\n');
}

export function withCache(part: Part, { cache_control: control }: JsonRecord): Part {
  return asRecord(control) === undefined ? part : { ...part, cache_control: control };
}
