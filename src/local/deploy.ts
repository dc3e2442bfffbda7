/** `npm run deploy -- staging` deploys to an environment of `wrangler.toml`, then tries out what it deployed. */

import { parseArgs } from 'node:util';
import { runWrangler } from './bundle.ts';
import { Problem, runProgram } from './problem.ts';
import { smokeTest } from './smoke.ts';

const usage = 'npm run deploy -- staging|production [URL to try out] [--secrets-file=FILE]';

async function main(): Promise<void> {
  const { environment, url, secretsFile } = readArguments();
  // The first deployment of a Worker must bring its secrets along; later ones find them there.
  const secrets = secretsFile === undefined ? [] : [`--secrets-file=${secretsFile}`];
  const { code, output } = await runWrangler(['deploy', `--env=${environment}`, ...secrets], { echo: true });
  if (code !== 0) throw new Problem(`wrangler could not deploy to ${environment}.`);
  const deployedUrl = url ?? /https:\/\/\S+\.workers\.dev/.exec(output)?.[0];
  if (deployedUrl === undefined) {
    throw new Problem('Deployed, but wrangler names no URL to try out: give it as the second argument.');
  }
  await smokeTest(new URL(deployedUrl), process.env['ADMIN_KEY'] ?? '');
}

function readArguments(): { environment: string; url: string | undefined; secretsFile: string | undefined } {
  try {
    const options = { 'secrets-file': { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [environment, url, ...rest] = positionals;
    if ((environment === 'staging' || environment === 'production') && rest.length === 0) {
      if (url === undefined || URL.canParse(url)) return { environment, url, secretsFile: values['secrets-file'] };
    }
  } catch {
    // parseArgs says less than the line below.
  }
  throw new Problem(`Say where to deploy to: ${usage}`);
}

await runProgram(main);
