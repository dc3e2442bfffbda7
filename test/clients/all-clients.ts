import type { Client } from './client.ts';
import { claudeCode } from './clients/claude-code.ts';
import { codex } from './clients/codex.ts';

/** In the order of the table, by the name of the file that each is in. */
export const allClients: Readonly<Record<string, Client>> = {
  'claude-code': claudeCode,
  codex,
};
