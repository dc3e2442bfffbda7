import { join } from 'node:path';
import type { Client } from './client.ts';

interface OfProvider {
  readonly title: string;
  readonly protocol: Client['protocol'];
  /** As Cline calls it. */
  readonly provider: 'openai-compatible' | 'anthropic' | 'openai-native';
}

/** Cline speaks the protocol of the provider that it is told to use. */
export function clineClient({ title, protocol, provider }: OfProvider): Client {
  const path = provider === 'anthropic' ? '' : '/v1';
  return {
    title,
    packages: [{ name: 'cline', version: '3.0.65' }],
    protocol,
    baseUrl: `\`baseUrl\`: \`$URL${path}\``,
    key: '`apiKey`',
    needs: [`the provider \`${provider}\``],
    forTheRun: [],
    steps: (file, text) => [
      [
        { tool: 'editor', args: { path: file, new_text: text } },
        // For models of OpenAI's it has this tool in place of that.
        { tool: 'run_commands', args: { commands: [`printf '%s' '${text}' > '${file}'`] } },
      ],
      [{ tool: 'read_files', args: { files: [{ path: file }] } }],
    ],
    start: ({ url, key, model, prompt, home, installed }) => ({
      command: join(installed, 'node_modules/.bin/cline'),
      args: [prompt],
      env: {},
      files: {
        [join(home, '.cline/data/settings/providers.json')]: JSON.stringify({
          version: 1,
          lastUsedProvider: provider,
          modes: {},
          providers: {
            [provider]: {
              settings: { provider, apiKey: key, model, baseUrl: `${url}${path}` },
              updatedAt: '2026-11-01T00:00:00.000Z',
              tokenSource: 'manual',
            },
          },
        }),
      },
    }),
  };
}
