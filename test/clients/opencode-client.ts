import { join } from 'node:path';
import type { Client } from './client.ts';

interface OfProvider {
  readonly title: string;
  readonly protocol: Client['protocol'];
  /** As opencode calls it: one that it knows, or a new one with the package that speaks to it. */
  readonly provider: string;
  readonly npm?: string;
}

/** opencode speaks the protocol of the provider that it is told to use. */
export function opencodeClient({ title, protocol, provider, npm }: OfProvider): Client {
  return {
    title,
    packages: [{ name: 'opencode-ai', version: '1.18.33' }],
    protocol,
    baseUrl: `\`provider.${provider}.options.baseURL\`: \`$URL/v1\``,
    key: '`options.apiKey`',
    needs: [...(npm === undefined ? [] : [`\`npm: "${npm}"\``]), "`models`, for those that it doesn't know"],
    forTheRun: ['`run`'],
    steps: (file, text) => [
      [
        { tool: 'write', args: { filePath: file, content: text } },
        // For models of OpenAI's it has this tool in place of that.
        { tool: 'apply_patch', args: { patchText: patch(file, text) } },
      ],
      [{ tool: 'read', args: { filePath: file } }],
    ],
    start: ({ url, key, model, prompt, workFolder, installed }) => ({
      command: join(installed, 'node_modules/.bin/opencode'),
      args: ['run', '--model', `${provider}/${model}`, prompt],
      env: { WEIR_KEY: key },
      files: {
        [join(workFolder, 'opencode.json')]: JSON.stringify({
          provider: {
            [provider]: {
              ...(npm === undefined ? {} : { npm, name: 'Weir' }),
              options: { baseURL: `${url}/v1`, apiKey: '{env:WEIR_KEY}' },
              models: { [model]: {} },
            },
          },
        }),
      },
    }),
  };
}

function patch(file: string, text: string): string {
  return ['*** Begin Patch', `*** Add File: ${file}`, `+${text}`, '*** End Patch'].join('\n');
}
