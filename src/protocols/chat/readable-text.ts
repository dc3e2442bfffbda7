import type { ReasoningDetail } from './chunk.ts';

/** The part of a piece of reasoning that can be read as plain text. */
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
