import { asRecord } from '../json/json-value.ts';
import type { ChunkChoice, CompletionChoice } from './chunk.ts';

/**
 * A choice as OpenAI tells one, of what other protocols are translated by. Strict clients refuse an answer that names a
 * source other than a page of the web.
 */
export function toldChunkChoice(choice: ChunkChoice): ChunkChoice {
  const { stop_sequence: _, delta, ...others } = choice;
  return { ...others, delta: withWebSources(delta) };
}

/** As `toldChunkChoice`, of an answer that came whole. */
export function toldWholeChoice(choice: CompletionChoice): CompletionChoice {
  const { stop_sequence: _, message, ...others } = choice;
  return { ...others, message: withWebSources(message) };
}

function withWebSources<Parts extends { readonly annotations?: readonly unknown[] }>(parts: Parts): Parts {
  if (parts.annotations === undefined) return parts;
  const { annotations, ...others } = parts;
  const kept = annotations.filter((annotation) => asRecord(annotation)?.['type'] === 'url_citation');
  // Nothing but what is optional was left out.
  return (kept.length === 0 ? others : { ...others, annotations: kept }) as Parts;
}
