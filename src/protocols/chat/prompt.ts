import { type Prompt, PromptFindings } from '../prompt.ts';
import type { ChatCall, ChatMessage, ContentPart } from './request.ts';
import { chatParameters, clientTools, messageFields, partKinds } from './parameters.ts';

export function measurePrompt(call: ChatCall): Prompt {
  const { messages, tools, functions } = call.request;
  const found = new PromptFindings(call, chatParameters);
  messages.forEach((message, index) => visitMessage(message, index, found));
  (tools ?? []).forEach((tool, index) => {
    const { type } = tool;
    found.noteMisreadable(tool, 'tools', `tools[${index}]`);
    if (typeof type !== 'string' || !clientTools.has(type)) {
      found.note(`tools.${String(type)}`, `tools[${index}].type`);
    }
  });
  return found.prompt((tools ?? []).length + (functions ?? []).length > 0);
}

function visitMessage(message: ChatMessage, index: number, found: PromptFindings): void {
  for (const name in message) {
    if (!messageFields.has(name) && message[name] !== null) {
      found.note(`messages.${name}`, `messages[${index}].${name}`);
    }
  }
  const { content } = message;
  if (typeof content !== 'object' || content === null) return;
  content.forEach((part, at) => {
    const place = `messages[${index}].content[${at}]`;
    found.noteMisreadable(part, 'content', place);
    const kind = partKinds.get(part.type);
    if (kind === undefined) found.note(`content.${part.type}`, `${place}.type`);
    else if (kind !== 'text') found.addMedia(kind, `${place}.type`, sourceLength(part));
  });
}

/** The length of an image's URL. In the body it is never shorter. */
function sourceLength({ image_url: image }: ContentPart): number {
  const url: unknown = typeof image === 'object' && image !== null && 'url' in image ? image.url : undefined;
  return typeof url === 'string' ? url.length : 0;
}
