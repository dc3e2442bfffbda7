import { type Ranks, readRanks } from './ranks.ts';

let loading: Promise<Ranks> | undefined;

/**
 * The table is a module of its own, so an isolate that never counts never reads it. It is the beginning of o200k_base,
 * which OpenAI publishes with tiktoken under the MIT licence. `make-ranks` cuts it.
 */
export function loadRanks(): Promise<Ranks> {
  loading ??= import('./o200k.bin').then(({ default: table }) => readRanks(new Uint8Array(table)));
  return loading;
}
