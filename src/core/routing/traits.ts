import type { Stage } from '../../catalog/schema.ts';

/** What can be read out of a request about what it wants. Worked out only where a route asks, since it costs time. */
export interface Traits {
  /** Undefined where the request says nothing of any stage. */
  readonly stage: () => { readonly stage: Stage | undefined; readonly reason: string };
  readonly complexity: () => { readonly level: Level; readonly reason: string };
}

export type Level = 'simple' | 'medium' | 'complex';
