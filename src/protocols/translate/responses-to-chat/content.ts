import { type JsonRecord, asList, asRecord, asText, isSet } from '../../json/json-value.ts';
import { type Untranslatable, isUntranslatable, untranslatable } from '../../protocol-call.ts';

/** The content of a message of a chat completion, from what a user or a tool puts in. */
export function contentOf(content: unknown, param: string): string | readonly JsonRecord[] | Untranslatable {
  if (typeof content === 'string') return content;
  const parts: JsonRecord[] = [];
  for (const [index, value] of asList(content).entries()) {
    const part = partOf(asRecord(value) ?? {}, `${param}[${index}]`);
    if (isUntranslatable(part)) return part;
    parts.push(part);
  }
  const [only, ...others] = parts;
  if (only === undefined) return '';
  // Every server knows the plainest form.
  return others.length === 0 && typeof only['text'] === 'string' && Object.keys(only).length === 2
    ? only['text']
    : parts;
}

/** The text of a part that is one, by any of the names that clients use. */
export function textOf({ type, text }: JsonRecord): string | undefined {
  return type === 'input_text' || type === 'output_text' || type === 'text' ? asText(text) : undefined;
}

function partOf(part: JsonRecord, param: string): JsonRecord | Untranslatable {
  const marked = cacheMark(part);
  const text = textOf(part);
  if (text !== undefined) return { type: 'text', text, ...marked };
  switch (part['type']) {
    case 'refusal':
      return { type: 'text', text: asText(part['refusal']) ?? '', ...marked };
    case 'input_image':
      return imagePart(part, param, marked);
    case 'input_file':
      return filePart(part, param, marked);
    case 'input_audio':
      return { type: 'input_audio', input_audio: part['input_audio'], ...marked };
    default:
      return untranslatable(
        `${param}.type`,
        `A part of type '${String(part['type'])}' can't be put into a chat completion. Send texts, images or files.`,
      );
  }
}

function imagePart(part: JsonRecord, param: string, marked: JsonRecord): JsonRecord | Untranslatable {
  const url = asText(part['image_url']);
  if (url === undefined) return keptFile(param);
  const { detail } = part;
  return { type: 'image_url', image_url: { url, ...(typeof detail === 'string' ? { detail } : {}) }, ...marked };
}

function filePart(part: JsonRecord, param: string, marked: JsonRecord): JsonRecord | Untranslatable {
  const data = asText(part['file_data']) ?? asText(part['file_url']);
  if (data === undefined) return keptFile(param);
  const { filename } = part;
  return { type: 'file', file: { file_data: data, ...(typeof filename === 'string' ? { filename } : {}) }, ...marked };
}

function keptFile(param: string): Untranslatable {
  return untranslatable(
    `${param}.file_id`,
    'Files that were uploaded to OpenAI are known there only. Send what is in it, or its URL.',
  );
}

/** The client's cache breakpoint, as a mark that servers of chat completions know. */
function cacheMark(part: JsonRecord): JsonRecord {
  return isSet(part['prompt_cache_breakpoint']) ? { cache_control: { type: 'ephemeral' } } : {};
}
