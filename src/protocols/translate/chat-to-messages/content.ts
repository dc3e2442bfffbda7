import type { ContentPart } from '../../chat/request.ts';
import { type JsonRecord, asRecord, asText, isSet } from '../../json/json-value.ts';
import { type Untranslatable, untranslatable } from '../../protocol-call.ts';

export type Block = JsonRecord & { readonly type: string };

/** What a message says, as blocks. Blocks with nothing in them are left out, since Anthropic rejects them. */
export function blocksOf(content: unknown, param: string): Block[] | Untranslatable {
  if (typeof content === 'string') return textBlocks(content);
  const blocks: Block[] = [];
  // The body was checked when it was read: what isn't a string is null, absent, or a list of parts.
  const parts = Array.isArray(content) ? (content as readonly ContentPart[]) : [];
  for (const [index, part] of parts.entries()) {
    const found = partBlocks(part, `${param}[${index}]`);
    if ('kind' in found) return found;
    blocks.push(...found.map((block) => withCacheControl(block, part['cache_control'])));
  }
  return blocks;
}

export function textBlocks(text: string): Block[] {
  return text.trim() === '' ? [] : [{ type: 'text', text }];
}

export function withCacheControl(block: Block, control: unknown): Block {
  return isSet(control) ? { ...block, cache_control: control } : block;
}

function partBlocks(part: ContentPart, param: string): Block[] | Untranslatable {
  switch (part.type) {
    case 'text':
      return textBlocks(asText(part['text']) ?? '');
    case 'refusal':
      return textBlocks(asText(part['refusal']) ?? '');
    case 'image_url':
      return imageOf(part['image_url'], `${param}.image_url`);
    case 'file':
      return documentOf(asRecord(part['file']) ?? {}, `${param}.file`);
    case 'input_audio':
    case 'audio_url':
    case 'video_url':
      return untranslatable(`${param}.type`, 'This model takes no sound and no video. Send text, images or PDFs.');
    default:
      return untranslatable(`${param}.type`, `'${part.type}' has no like in Anthropic's protocol. Leave it out.`);
  }
}

interface DataUrl {
  readonly mediaType: string;
  readonly isBase64: boolean;
  readonly data: string;
}

function dataUrlIn(url: string): DataUrl | undefined {
  if (!url.startsWith('data:')) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const [mediaType = '', ...attributes] = url.slice('data:'.length, comma).toLowerCase().split(';');
  return { mediaType, isBase64: attributes.includes('base64'), data: url.slice(comma + 1) };
}

const imageTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

function imageOf(image: unknown, param: string): Block[] | Untranslatable {
  const url = asText(image) ?? asText(asRecord(image)?.['url']) ?? '';
  if (/^https?:/i.test(url)) return [{ type: 'image', source: { type: 'url', url } }];
  const found = dataUrlIn(url);
  const mediaType = found?.mediaType === 'image/jpg' ? 'image/jpeg' : found?.mediaType;
  if (found === undefined || !found.isBase64 || mediaType === undefined || !imageTypes.has(mediaType)) {
    return untranslatable(
      param,
      'An image must be a web address, or a data URL in base64 of a JPEG, PNG, GIF or WebP.',
    );
  }
  return [{ type: 'image', source: { type: 'base64', media_type: mediaType, data: found.data } }];
}

/** The beginning of a PDF in base64. */
const pdfStart = 'JVBERi';

function documentOf(file: JsonRecord, param: string): Block[] | Untranslatable {
  const data = asText(file['file_data']);
  if (data === undefined) {
    return untranslatable(param, 'Only its own provider knows a file by its id. Send what is in it as file_data.');
  }
  const title = asText(file['filename']);
  const named = title === undefined ? {} : { title };
  if (/^https?:/i.test(data)) return [{ type: 'document', source: { type: 'url', url: data }, ...named }];
  const bare = data.startsWith(pdfStart) ? { mediaType: 'application/pdf', isBase64: true, data } : undefined;
  const found = dataUrlIn(data) ?? bare;
  if (found?.isBase64 === true && found.mediaType === 'application/pdf') {
    const source = { type: 'base64', media_type: 'application/pdf', data: found.data };
    return [{ type: 'document', source, ...named }];
  }
  const text = found?.mediaType.startsWith('text/') === true ? textIn(found) : undefined;
  if (text === undefined) {
    return untranslatable(param, "A file must be a data URL of a PDF in base64, or of text, in 'file_data'.");
  }
  if (text.trim() === '') return [];
  return [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: text }, ...named }];
}

function textIn({ isBase64, data }: DataUrl): string | undefined {
  try {
    if (!isBase64) return decodeURIComponent(data);
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}
