import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';

/**
 * Makes every result of a tool text, which is all that servers of chat completions take. The user shows its pictures
 * and files right after, with a word of what they belong to.
 */
export function withTextResults(messages: readonly JsonRecord[]): readonly JsonRecord[] {
  if (!messages.some(({ role, content }) => role === 'tool' && asList(content).some(isMedium))) return messages;
  const sent: JsonRecord[] = [];
  let shown: unknown[] = [];
  for (const message of messages) {
    const { role, content } = message;
    if (role === 'tool') {
      const { text, media } = dividedResult(message);
      sent.push(text);
      for (const part of media) shown.push(part);
      continue;
    }
    if (shown.length === 0) {
      sent.push(message);
      continue;
    }
    if (role === 'user') sent.push({ ...message, content: [...shown, ...partsOf(content)] });
    else sent.push({ role: 'user', content: shown }, message);
    shown = [];
  }
  if (shown.length > 0) sent.push({ role: 'user', content: shown });
  return sent;
}

function dividedResult(message: JsonRecord): { readonly text: JsonRecord; readonly media: readonly unknown[] } {
  const parts = asList(message['content']);
  const media = parts.filter(isMedium);
  if (media.length === 0) return { text: message, media };
  const texts = parts.filter((part) => !isMedium(part));
  const content = texts.length > 0 ? texts : 'The result follows in the next message.';
  const heading = { type: 'text', text: `From the result of the call ${asText(message['tool_call_id']) ?? ''}:` };
  return { text: { ...message, content }, media: [heading, ...media] };
}

function isMedium(part: unknown): boolean {
  return asRecord(part)?.['type'] !== 'text';
}

function partsOf(content: unknown): readonly unknown[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return asList(content);
}
