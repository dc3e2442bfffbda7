import { join } from 'node:path';
import type { Client } from '../client.ts';

export const claudeCode: Client = {
  title: 'Claude Code',
  packages: [{ name: '@anthropic-ai/claude-code', version: '2.1.332' }],
  protocol: 'Messages',
  baseUrl: '`ANTHROPIC_BASE_URL=$URL`',
  key: '`ANTHROPIC_AUTH_TOKEN`',
  needs: [],
  forTheRun: ['`--print`, and `--allowedTools` for those that it would ask about'],
  knownNames: { chat: 'claude-sonnet-4-0', Responses: 'claude-sonnet-4-5', Gemini: 'claude-opus-5-5-gemini' },
  steps: (file, text) => [
    [{ tool: 'Write', args: { file_path: file, content: text } }],
    [{ tool: 'Read', args: { file_path: file } }],
  ],
  start: ({ url, key, model, prompt, installed }) => ({
    command: join(installed, 'node_modules/.bin/claude'),
    args: ['--print', prompt, '--model', model, '--allowedTools', 'Write,Read'],
    env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key },
  }),
};
