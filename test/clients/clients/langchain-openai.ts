import type { Client } from '../client.ts';
import { startProgram, stepsOfPrograms } from '../library-program.ts';

export const langchainOpenai: Client = {
  title: 'LangChain, OpenAI',
  packages: [
    { name: '@langchain/openai', version: '1.6.0' },
    { name: '@langchain/anthropic', version: '1.5.11' },
    { name: 'langchain', version: '1.5.14' },
    { name: 'zod', version: '4.6.7' },
  ],
  protocol: 'chat',
  baseUrl: '`OPENAI_BASE_URL=$URL/v1`',
  key: '`OPENAI_API_KEY`',
  needs: [],
  forTheRun: [],
  steps: stepsOfPrograms,
  start: (setting) =>
    startProgram('langchain.mjs', setting, ['chat', setting.model, setting.prompt], {
      OPENAI_BASE_URL: `${setting.url}/v1`,
      OPENAI_API_KEY: setting.key,
    }),
};
