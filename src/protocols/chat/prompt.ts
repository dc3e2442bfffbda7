import { type MediaKind, type Media, type Prompt, type Unknown, renderedBytes } from '../prompt.ts';
import type { ChatCall, ChatMessage, ContentPart } from './request.ts';
import { chatParameters, clientTools, messageFields, partKinds } from './parameters.ts';

export function measurePrompt({ object, text, body, request }: ChatCall): Prompt {
  const unknown = new Map<string, Unknown>();
  const media = new Map<MediaKind, Media>();
  // All bytes of a character beyond its first are counted, wherever in the body they are.
  const bytesBeyond = body.length - text.length;
  let textBytes = bytesBeyond;
  for (const { name, valueStart, valueEnd, nodes } of object.members) {
    const effect = chatParameters.get(name);
    if (effect === 'prompt') textBytes += valueEnd - valueStart;
    if (effect === 'rendered') textBytes += renderedBytes(text.slice(valueStart, valueEnd), nodes, bytesBeyond === 0);
    if (effect === undefined) note({ name, param: name });
  }
  request.messages.forEach(visitMessage);
  (request.tools ?? []).forEach((tool, index) => {
    const { type } = tool;
    noteMisreadable(tool, 'tools', `tools[${index}]`);
    if (typeof type !== 'string' || !clientTools.has(type)) {
      note({ name: `tools.${String(type)}`, param: `tools[${index}].type` });
    }
  });
  const usesTools = (request.tools ?? []).length + (request.functions ?? []).length > 0;
  return { textBytes, usesTools, media, unknown: [...unknown.values()] };

  function note(found: Unknown): void {
    if (!unknown.has(found.name)) unknown.set(found.name, found);
  }

  /** A name that V8 misreads, because it has an escape, always has a backslash in it. See `readObject`. */
  function noteMisreadable(fields: object, name: string, param: string): void {
    for (const field in fields) {
      if (field.includes('\\')) note({ name: `${name}.${field}`, param: `${param}.${field}` });
    }
  }

  function visitMessage(message: ChatMessage, index: number): void {
    for (const name in message) {
      if (!messageFields.has(name) && message[name] !== null) {
        note({ name: `messages.${name}`, param: `messages[${index}].${name}` });
      }
    }
    const { content } = message;
    if (typeof content !== 'object' || content === null) return;
    content.forEach((part, at) => {
      noteMisreadable(part, 'content', `messages[${index}].content[${at}]`);
      const kind = partKinds.get(part.type);
      if (kind === 'text') return;
      const param = `messages[${index}].content[${at}].type`;
      if (kind === undefined) {
        note({ name: `content.${part.type}`, param });
        return;
      }
      const known = media.get(kind);
      media.set(kind, {
        count: (known?.count ?? 0) + 1,
        param: known?.param ?? param,
        sourceBytes: (known?.sourceBytes ?? 0) + sourceLength(part),
      });
    });
  }
}

/** The length of an image's URL. In the body it is never shorter. */
function sourceLength({ image_url: image }: ContentPart): number {
  const url: unknown = typeof image === 'object' && image !== null && 'url' in image ? image.url : undefined;
  return typeof url === 'string' ? url.length : 0;
}
