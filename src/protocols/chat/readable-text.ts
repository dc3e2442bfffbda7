import type { ReasoningDetail } from './chunk.ts';

/** What of a piece of reasoning can be read as plain text. */
export function readableText(detail: ReasoningDetail): string {
  switch (detail.type) {
    case 'reasoning.text':
      return detail.text ?? '';
    case 'reasoning.summary':
      return detail.summary;
    case 'reasoning.encrypted':
      return '';
  }
}
