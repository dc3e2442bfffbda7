import type { Client } from '../client.ts';
import { startProgram, stepsOfPrograms } from '../library-program.ts';

export const langchainAnthropic: Client = {
  title: 'LangChain, Anthropic',
  packages: [
    { name: '@langchain/anthropic', version: '1.5.11' },
    { name: '@langchain/openai', version: '1.6.0' },
    { name: 'langchain', version: '1.5.14' },
    { name: 'zod', version: '4.6.7' },
  ],
  protocol: 'Messages',
  baseUrl: '`ANTHROPIC_BASE_URL=$URL`',
  key: '`ANTHROPIC_API_KEY`',
  needs: [],
  forTheRun: [],
  steps: stepsOfPrograms,
  start: (setting) =>
    startProgram('langchain.mjs', setting, ['Messages', setting.model, setting.prompt], {
      ANTHROPIC_BASE_URL: setting.url,
      ANTHROPIC_API_KEY: setting.key,
    }),
};
