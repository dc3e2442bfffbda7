import { providerNameCharsMax } from '../limits.ts';
import { type JsonRecord, asText } from './json/json-value.ts';

/** What an answer says of itself, in the words of its provider. What it does not say is left out. */
export interface AnswerLabel {
  readonly id?: string;
  /** The model that says it has answered. It may be a dated name, or another one than was asked for. */
  readonly model?: string;
  /** Why it ended: of the first choice, where there are several. */
  readonly finishReason?: string;
}

export const noLabel: AnswerLabel = {};

export function labelOf({ id, model }: JsonRecord, finishReason?: unknown): AnswerLabel {
  return labelled(noLabel, { id, model, finishReason });
}

/** A later part of an answer may say what an earlier one has left out, or has had to leave open. */
export function labelled(label: AnswerLabel, said: { readonly [Name in keyof AnswerLabel]: unknown }): AnswerLabel {
  const id = textOf(said.id) ?? label.id;
  const model = textOf(said.model) ?? label.model;
  const finishReason = textOf(said.finishReason) ?? label.finishReason;
  return {
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...(finishReason === undefined ? {} : { finishReason }),
  };
}

/** It is only noted, so what is longer than any provider's is cut. */
function textOf(value: unknown): string | undefined {
  const text = asText(value);
  return text === undefined || text === '' ? undefined : text.slice(0, providerNameCharsMax);
}
