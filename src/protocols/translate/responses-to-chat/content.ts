import { type JsonRecord, asList, asRecord, asText } from '../../json/json-value.ts';
import { type Untranslatable, isUntranslatable, untranslatable } from '../../protocol-call.ts';

/** What is put in by a user, or by a tool, as the content of a message of a chat completion. */
export type ChatContent = string | readonly JsonRecord[];

export function contentOf(content: unknown, param: string): ChatContent | Untranslatable {
  if (typeof content === 'string') return content;
  const parts: JsonRecord[] = [];
  for (const [index, value] of asList(content).entries()) {
    const part = partOf(asRecord(value) ?? {}, `${param}[${index}]`);
    if (isUntranslatable(part)) return part;
    parts.push(part);
  }
  const [only, ...others] = parts;
  if (only === undefined) return '';
  // The plainest way to say it is the one that every server knows.
  return others.length === 0 && typeof only['text'] === 'string' && Object.keys(only).length === 2
    ? only['text']
    : parts;
}

/** The text of a part that is one, by whichever name clients send it. */
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

/** Where the client wants the prompt to be cached up to, as servers that are asked for it know it. */
function cacheMark(part: JsonRecord): JsonRecord {
  const breakpoint = part['prompt_cache_breakpoint'];
  return breakpoint === undefined || breakpoint === null ? {} : { cache_control: { type: 'ephemeral' } };
}
