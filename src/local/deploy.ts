/** `npm run deploy -- staging`: deploys to an environment of `wrangler.toml`, then tries out what was deployed. */

import { runWrangler } from './bundle.ts';
import { Problem, runProgram } from './problem.ts';
import { smokeTest } from './smoke.ts';

async function main(): Promise<void> {
  const [environment, url, ...rest] = process.argv.slice(2);
  if ((environment !== 'staging' && environment !== 'production') || rest.length > 0) {
    throw new Problem('Say where to deploy to: npm run deploy -- staging|production [URL to try out]');
  }
  const { code, output } = await runWrangler(['deploy', `--env=${environment}`], { echo: true });
  if (code !== 0) throw new Problem(`wrangler could not deploy to ${environment}.`);
  const deployedUrl = url ?? /https:\/\/\S+\.workers\.dev/.exec(output)?.[0];
  if (deployedUrl === undefined) {
    throw new Problem('Deployed, but wrangler names no URL to try out: give it as the second argument.');
  }
  await smokeTest(new URL(deployedUrl), process.env['ADMIN_KEY']);
}

await runProgram(main);
