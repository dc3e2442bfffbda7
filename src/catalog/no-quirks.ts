import type { Quirks } from './schema.ts';

/** A server that does everything as OpenAI does it. */
export const noQuirks: Quirks = {
  outputCap: 'max_completion_tokens',
  streamUsage: true,
  minOutput: 1,
  rename: {},
  drop: [],
  developerRole: true,
  toolNames: 'optional',
  extensions: [],
  reasoning: 'effort',
};
