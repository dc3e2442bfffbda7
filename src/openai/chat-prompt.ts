import type { InputKind } from '../catalog/schema.ts';
import type { ChatCall, ChatMessage } from './chat-request.ts';
import { chatParameters, clientTools, messageFields, partKinds } from './chat-parameters.ts';

/** Something in a body about whose price nothing is known. */
export interface Unknown {
  /** What it is called in a provider's list of neutral parameters: `top_k`, `messages.name`. */
  readonly name: string;
  /** Where it is: `messages[3].name`. */
  readonly param: string;
}

/** What a call puts in, as far as its price is concerned. */
export interface Prompt {
  /** Of all text that can be in the prompt, as it was sent: at least as many as its tokens. */
  readonly textBytes: number;
  readonly usesTools: boolean;
  /** What is put in beside text, by kind. */
  readonly media: ReadonlyMap<Exclude<InputKind, 'text'>, { readonly count: number; readonly param: string }>;
  /** In the order of the body, each name once. */
  readonly unknown: readonly Unknown[];
}

export function measurePrompt({ object, text, body, request }: ChatCall): Prompt {
  const unknown = new Map<string, Unknown>();
  const media = new Map<Exclude<InputKind, 'text'>, { count: number; param: string }>();
  let chars = 0;
  for (const { name, valueStart, valueEnd } of object.members) {
    const effect = chatParameters.get(name);
    if (effect === 'prompt') chars += valueEnd - valueStart;
    if (effect === undefined) note({ name, param: name });
  }
  request.messages.forEach(visitMessage);
  (request.tools ?? []).forEach(({ type }, index) => {
    if (typeof type !== 'string' || !clientTools.has(type)) {
      note({ name: `tools.${String(type)}`, param: `tools[${index}].type` });
    }
  });
  // All the bytes beyond one for each character are counted, wherever in the body they are.
  const textBytes = chars + body.length - text.length;
  const usesTools = (request.tools ?? []).length + (request.functions ?? []).length > 0;
  return { textBytes, usesTools, media, unknown: [...unknown.values()] };

  function note(found: Unknown): void {
    if (!unknown.has(found.name)) unknown.set(found.name, found);
  }

  function visitMessage(message: ChatMessage, index: number): void {
    for (const name in message) {
      if (!messageFields.has(name) && message[name] !== null) {
        note({ name: `messages.${name}`, param: `messages[${index}].${name}` });
      }
    }
    const { content } = message;
    if (typeof content !== 'object' || content === null) return;
    content.forEach(({ type }, part) => {
      const kind = partKinds.get(type);
      if (kind === 'text') return;
      const param = `messages[${index}].content[${part}].type`;
      const known = kind === undefined ? undefined : media.get(kind);
      if (kind === undefined) note({ name: `content.${type}`, param });
      else if (known === undefined) media.set(kind, { count: 1, param });
      else known.count += 1;
    });
  }
}
