import { join } from 'node:path';
import type { Client } from './client.ts';

interface OfProvider {
  readonly title: string;
  readonly protocol: Client['protocol'];
  readonly provider: 'openai' | 'anthropic';
}

export function continueClient({ title, protocol, provider }: OfProvider): Client {
  return {
    title,
    packages: [{ name: '@continuedev/cli', version: '1.5.47' }],
    protocol,
    baseUrl: '`apiBase: $URL/v1`',
    key: '`apiKey`',
    needs: [`\`provider: ${provider}\``],
    forTheRun: ['`--print`, and `--auto`, so that it asks nobody before it uses a tool'],
    steps: (file, text) => [
      [{ tool: 'Write', args: { filepath: file, content: text } }],
      [{ tool: 'Read', args: { filepath: file } }],
    ],
    start: ({ url, key, model, prompt, home, installed }) => {
      const config = join(home, 'config.yaml');
      const own = { name: model, provider, model, apiBase: `${url}/v1`, apiKey: key, roles: ['chat'] };
      return {
        command: join(installed, 'node_modules/.bin/cn'),
        args: ['--print', prompt, '--auto', '--config', config],
        env: {},
        // What is JSON is YAML.
        files: { [config]: JSON.stringify({ name: 'weir', version: '1.0.0', schema: 'v1', models: [own] }) },
      };
    },
  };
}
