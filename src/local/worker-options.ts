/** What `wrangler.toml` says of the Worker, as options of the local runtime. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler';
import { projectRoot } from './bundle.ts';

export type WorkerOptions = Omit<
  ReturnType<typeof unstable_getMiniflareWorkerOptions>['workerOptions'],
  'modulesRules'
> & { name: string; bindings: Record<string, string> };

/** Reads only what is checked in. Wrangler would add `.dev.vars` and `.env`; here that is up to the caller. */
export function readWorkerOptions(): WorkerOptions {
  process.env['CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV'] = 'false';
  // Else wrangler leaves a log in the user's home.
  process.env['WRANGLER_WRITE_LOGS'] = 'false';
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- wrangler doesn't publish the package of its type
  const config = unstable_readConfig({ config: join(projectRoot, 'wrangler.toml') });
  // oxlint-disable-next-line typescript/no-unsafe-member-access -- as above, but this is checked
  const name: unknown = config.name;
  assert(typeof name === 'string');
  const userConfigPath = join(projectRoot, 'src', 'wrangler.toml');
  // oxlint-disable-next-line typescript/no-unsafe-argument -- as above
  const { workerOptions } = unstable_getMiniflareWorkerOptions({ ...config, userConfigPath });
  // The bundle is complete, so it needs no rules for finding more modules.
  const { modulesRules: _, ...options } = workerOptions;
  return { ...options, name, bindings: onlyTexts(options['bindings'] ?? {}), rootPath: projectRoot };
}

function onlyTexts(variables: object): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    assert(typeof value === 'string', `${name} in wrangler.toml must be a text`);
    texts[name] = value;
  }
  return texts;
}
