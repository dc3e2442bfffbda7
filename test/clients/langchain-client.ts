import type { Client } from './client.ts';
import { startProgram, stepsOfPrograms } from './library-program.ts';

const openAi = { name: '@langchain/openai', version: '1.6.0' };
const anthropic = { name: '@langchain/anthropic', version: '1.5.11' };

/** The program imports both packages of providers. The first is the one that is tried. */
export function langchainClient({ title, protocol }: Pick<Client, 'title' | 'protocol'>): Client {
  const isAnthropic = protocol === 'Messages';
  const [tried, other] = isAnthropic ? [anthropic, openAi] : [openAi, anthropic];
  const name = isAnthropic ? 'ANTHROPIC' : 'OPENAI';
  const path = isAnthropic ? '' : '/v1';
  return {
    title,
    packages: [tried, other, { name: 'langchain', version: '1.5.14' }, { name: 'zod', version: '4.6.7' }],
    protocol,
    baseUrl: `\`${name}_BASE_URL=$URL${path}\``,
    key: `\`${name}_API_KEY\``,
    needs: [],
    forTheRun: [],
    steps: stepsOfPrograms,
    start: (setting) =>
      startProgram('langchain.mjs', setting, [protocol, setting.model, setting.prompt], {
        [`${name}_BASE_URL`]: `${setting.url}${path}`,
        [`${name}_API_KEY`]: setting.key,
      }),
  };
}
