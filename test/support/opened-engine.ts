import { Engine } from '../../src/core/account/engine.ts';
import { executeConfigure } from '../../src/core/account/configure.ts';
import type { Account } from '../../src/core/account/protocol.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import { account, admitRequest } from './account.ts';
import { noon } from './ledger.ts';
import { MemoryDisk } from './memory-disk.ts';

/** An account with this policy, ready for its first call. */
export function opened(
  policy: Policy = {},
  disk = new MemoryDisk(),
  more: Partial<Account> = {},
): { disk: MemoryDisk; engine: Engine } {
  const engine = Engine.load(disk, noon);
  void engine.submit((row) => executeConfigure(engine.state, { ...account('k', policy), ...more }, row));
  engine.flush(noon);
  return { disk, engine };
}

/** A call that is admitted at noon. Answers its hold. */
export async function admitted(engine: Engine, name = 'a'): Promise<string> {
  const reply = engine.admit(admitRequest(name));
  engine.flush(noon);
  const grant = await reply;
  if (grant.kind !== 'granted') throw new Error(`not granted: ${grant.kind}`);
  return grant.holdId;
}
