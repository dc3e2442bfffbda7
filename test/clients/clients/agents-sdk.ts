import type { Client } from '../client.ts';
import { startProgram, stepsOfPrograms } from '../library-program.ts';

export const agentsSdk: Client = {
  title: 'OpenAI Agents SDK',
  packages: [
    { name: '@openai/agents', version: '0.20.0' },
    { name: 'zod', version: '4.6.7' },
  ],
  protocol: 'Responses',
  baseUrl: '`OPENAI_BASE_URL=$URL/v1`',
  key: '`OPENAI_API_KEY`',
  needs: [],
  forTheRun: [],
  steps: stepsOfPrograms,
  start: (setting) =>
    startProgram('agents-sdk.mjs', setting, [setting.model, setting.prompt], {
      OPENAI_BASE_URL: `${setting.url}/v1`,
      OPENAI_API_KEY: setting.key,
    }),
};
