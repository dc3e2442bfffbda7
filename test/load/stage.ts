/** A gateway and a fake provider behind it, with a model for each scenario. */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Behaviour, FakeProvider } from './fake-provider.ts';
import { Problem } from '../../src/local/problem.ts';
import { AdminClient, secretName, secretValue } from './admin-client.ts';
import { fakeCatalog } from './fake-catalog.ts';
import { type LaunchedGateway, launchGateway, temporaryFolder } from './launched-gateway.ts';

/** A new catalog is known everywhere within a minute. */
const catalogMsMax = 70_000;

export interface Stage {
  readonly admin: AdminClient;
  readonly provider: FakeProvider;
  /** Kills the gateway and starts it again, on the same data and the same port. */
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(behaviours: Readonly<Record<string, Behaviour>>): Promise<Stage> {
  const adminKey = randomBytes(24).toString('base64url');
  const settings = { dataPath: temporaryFolder('load'), adminKey, variables: { [secretName]: secretValue } };
  const provider = new FakeProvider(behaviours);
  const baseUrl = await provider.listen();
  let gateway: LaunchedGateway = await launchGateway({ ...settings, port: 0 });
  const { url } = gateway;
  const admin = new AdminClient(url, adminKey);
  const { providers, models } = fakeCatalog(new URL(baseUrl).origin, behaviours);
  await admin.addToCatalog(providers, models);
  await waitForModels(admin, Object.keys(models));
  return {
    admin,
    provider,
    killAndRestart: async () => {
      await gateway.kill();
      gateway = await launchGateway({ ...settings, port: Number(url.port) });
    },
    close: async () => {
      await gateway.stop();
      await provider.close();
    },
  };
}

/** Resolves when the gateway knows the new models of its catalog. */
export async function waitForModels(admin: AdminClient, names: readonly string[]): Promise<void> {
  const { key } = await admin.createKey('look', []);
  const deadlineMs = performance.now() + catalogMsMax;
  for (;;) {
    const known = new Set(await admin.modelNames(key));
    const missing = names.filter((name) => !known.has(name));
    if (missing.length === 0) return;
    if (performance.now() > deadlineMs)
      throw new Problem(`The catalog that was written still lacks ${missing.join(', ')}.`);
    await sleep(500);
  }
}
