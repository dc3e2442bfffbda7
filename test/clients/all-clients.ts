import type { Client } from './client.ts';
import { agentsSdk } from './clients/agents-sdk.ts';
import { claudeCode } from './clients/claude-code.ts';
import { clineAnthropic } from './clients/cline-anthropic.ts';
import { clineOpenai } from './clients/cline-openai.ts';
import { cline } from './clients/cline.ts';
import { codex } from './clients/codex.ts';
import { continueAnthropic } from './clients/continue-anthropic.ts';
import { continueOpenai } from './clients/continue.ts';
import { langchainAnthropic } from './clients/langchain-anthropic.ts';
import { langchainOpenai } from './clients/langchain-openai.ts';
import { langchainResponses } from './clients/langchain-responses.ts';
import { opencodeAnthropic } from './clients/opencode-anthropic.ts';
import { opencodeOpenai } from './clients/opencode-openai.ts';
import { opencode } from './clients/opencode.ts';
import { qwenCode } from './clients/qwen-code.ts';

/** In the order of the table, by the name of the file that each is in. */
export const allClients: Readonly<Record<string, Client>> = {
  'claude-code': claudeCode,
  codex,
  opencode,
  'opencode-anthropic': opencodeAnthropic,
  'opencode-openai': opencodeOpenai,
  'qwen-code': qwenCode,
  'agents-sdk': agentsSdk,
  'langchain-openai': langchainOpenai,
  'langchain-responses': langchainResponses,
  'langchain-anthropic': langchainAnthropic,
  continue: continueOpenai,
  'continue-anthropic': continueAnthropic,
  cline,
  'cline-anthropic': clineAnthropic,
  'cline-openai': clineOpenai,
};
