/** What `wrangler.toml` says of the Worker, as options of the local runtime. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { projectRoot } from './bundle.ts';

export type WorkerOptions = Omit<
  ReturnType<typeof unstable_getMiniflareWorkerOptions>['workerOptions'],
  'modulesRules'
> & { name: string };

/** Only what is checked in: `.dev.vars` and `.env`, which wrangler would add, are left to the caller. */
export function readWorkerOptions(): WorkerOptions {
  process.env['CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV'] = 'false';
  const noDevVarsHere = join(projectRoot, 'src', 'wrangler.toml');
  /* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-argument, typescript/no-unsafe-member-access --
     wrangler's types of a configuration come from a package that it does not publish */
  const config = unstable_readConfig({ config: join(projectRoot, 'wrangler.toml') });
  const { workerOptions } = unstable_getMiniflareWorkerOptions({ ...config, userConfigPath: noDevVarsHere });
  const name: unknown = config.name;
  /* oxlint-enable */
  assert(typeof name === 'string');
  // The bundle is complete, so there are no rules by which to find more modules.
  const { modulesRules: _, ...options } = workerOptions;
  return { ...options, name, rootPath: projectRoot };
}
