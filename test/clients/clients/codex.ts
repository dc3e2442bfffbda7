import { join } from 'node:path';
import type { Client } from '../client.ts';

export const codex: Client = {
  title: 'Codex',
  packages: [{ name: '@openai/codex', version: '0.171.0' }],
  protocol: 'Responses',
  baseUrl: '`base_url = "$URL/v1"`',
  key: '`env_key`',
  needs: ['`wire_api = "responses"`'],
  forTheRun: ['`exec`, with `--sandbox danger-full-access` in place of a sandbox that asks'],
  // A model whose name it knows is told of its tools in another way than any other.
  knownNames: { chat: 'gpt-6-luna-chat', Messages: 'gpt-5.6-sol-messages', Gemini: 'gpt-5.5-gemini' },
  models: { Responses: ['gpt-5.5', 'gpt-5-mini'] },
  steps: (file, text) => {
    const write = `printf '%s' '${text}' > '${file}'`;
    const read = `cat '${file}'`;
    // Models that it takes to know its newer ways write JavaScript, which runs the commands.
    const program = (command: string): string =>
      `text(JSON.stringify(await tools.exec_command({ cmd: ${JSON.stringify(command)} })))`;
    return [write, read].map((command) => [
      { tool: 'exec_command', args: { cmd: command } },
      { tool: 'exec', args: { input: program(command) } },
    ]);
  },
  start: ({ url, key, model, prompt, home, installed }) => ({
    command: join(installed, 'node_modules/.bin/codex'),
    args: ['exec', '--skip-git-repo-check', '--sandbox', 'danger-full-access', '--model', model, prompt],
    env: { WEIR_KEY: key },
    files: {
      [join(home, '.codex/config.toml')]: [
        'model_provider = "weir"',
        '[model_providers.weir]',
        'name = "Weir"',
        `base_url = "${url}/v1"`,
        'env_key = "WEIR_KEY"',
        'wire_api = "responses"',
        '',
      ].join('\n'),
    },
  }),
};
