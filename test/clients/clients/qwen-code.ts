import { join } from 'node:path';
import type { Client } from '../client.ts';

export const qwenCode: Client = {
  title: 'Qwen Code',
  packages: [{ name: '@qwen-code/qwen-code', version: '0.24.4' }],
  protocol: 'chat',
  baseUrl: '`OPENAI_BASE_URL=$URL/v1`',
  key: '`OPENAI_API_KEY`',
  needs: ['`OPENAI_MODEL`'],
  forTheRun: ['`--yolo`, so that it asks nobody before it uses a tool'],
  steps: (file, text) => [
    [{ tool: 'write_file', args: { file_path: file, content: text } }],
    [{ tool: 'read_file', args: { file_path: file } }],
  ],
  start: ({ url, key, model, prompt, installed }) => ({
    command: join(installed, 'node_modules/.bin/qwen'),
    args: ['--yolo', prompt],
    env: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
  }),
};
