import { afterAll, beforeAll } from 'vitest';
import type { LimitSetting } from '../load/admin-client.ts';
import { type ProviderStage, openProviderStage } from './open-provider-stage.ts';
import { plenty } from './sdk-stage.ts';

export { slowly } from './open-provider-stage.ts';
export type { ProviderStage } from './open-provider-stage.ts';

interface ProviderStageOfFile {
  stage(): ProviderStage;
  /** A new key of these limits. */
  key(limits?: readonly LimitSetting[], policy?: object): Promise<string>;
}

/** A gateway for the tests of a file, with a fake of each provider behind it. */
export function useProviders(catalog?: object): ProviderStageOfFile {
  let opened: ProviderStage | undefined;
  beforeAll(async () => {
    opened = await openProviderStage(catalog);
  });
  afterAll(async () => {
    await opened?.close();
  });
  const stage = (): ProviderStage => {
    if (opened === undefined) throw new Error('the gateway is up only while tests run');
    return opened;
  };
  return {
    stage,
    key: async (limits = [plenty], policy = {}) => (await stage().admin.createKey('sdk', limits, policy)).key,
  };
}
