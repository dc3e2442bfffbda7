import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from './spawned-weir.ts';

it.each([[], ['develop'], ['staging', 'not a URL'], ['staging', 'https://a.example', 'more'], ['staging', '--force']])(
  'deploys nothing when told %j, and says what it takes',
  async (...words) => {
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [join(projectRoot, 'src/local/deploy.ts'), ...words], (error, _, text) => {
        resolve({ code: error?.code, stderr: text });
      });
    });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'Say where to deploy to: npm run deploy -- staging|production [URL to try out] [--secrets-file=FILE]\n',
    );
  },
);
