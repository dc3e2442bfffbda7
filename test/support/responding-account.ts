import { Engine } from '../../src/core/account/engine.ts';
import { executeConfigure } from '../../src/core/account/configure.ts';
import { executeSettle } from '../../src/core/account/execute.ts';
import type { Row } from '../../src/core/account/row.ts';
import type { KeptResponse } from '../../src/core/account/kept-response.ts';
import type { Policy } from '../../src/core/account/policy.ts';
import type { DeniedReply, ResolveReply, ResolveRequest, SettleReply } from '../../src/core/account/protocol.ts';
import {
  executeForgetResponse,
  executeKeptResponse,
  executeKeptTurns,
  executeResolve,
} from '../../src/core/account/resolve.ts';
import { account, admitRequest, secretHash, settleRequest } from './account.ts';
import { noon } from './ledger.ts';
import { MemoryDisk } from './memory-disk.ts';

/** An account that keeps responses and takes one question after the other. */
export class RespondingAccount {
  readonly disk = new MemoryDisk();
  engine: Engine;
  nowMs: number = noon;
  #version = 0;
  #calls = 0;

  constructor(policy: Policy = {}) {
    this.engine = Engine.load(this.disk, noon);
    void this.configure(policy);
  }

  async do<T>(execute: (row: Row) => T): Promise<T> {
    const reply = this.engine.submit(execute);
    this.engine.flush(this.nowMs);
    return reply;
  }

  async configure(policy: Policy): Promise<unknown> {
    this.#version += 1;
    const described = account('k', policy, this.#version);
    return this.do((row) => executeConfigure(this.engine.state, described, row));
  }

  async hold(): Promise<string> {
    this.#calls += 1;
    const reply = this.engine.admit(admitRequest(`call-${this.#calls}`, { version: this.#version }));
    this.engine.flush(this.nowMs);
    const grant = await reply;
    if (grant.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(grant)}`);
    return grant.holdId;
  }

  async settle(holdId: string, response: KeptResponse): Promise<SettleReply> {
    return this.do((row) => executeSettle(this.engine.state, { ...settleRequest(holdId, 30), response }, row));
  }

  async keep(...responses: readonly KeptResponse[]): Promise<void> {
    for (const response of responses) {
      const reply = await this.settle(await this.hold(), response);
      if (reply.kept !== true) throw new Error(`not kept: ${JSON.stringify(reply)}`);
    }
  }

  async resolve(request: Partial<ResolveRequest>): Promise<DeniedReply | ResolveReply> {
    const asked = { secretHash, name: 'asking', itemIds: [], ...request };
    return this.do((row) => executeResolve(this.engine.state, asked, row));
  }

  async forget(id: string): Promise<unknown> {
    return this.do((row) => executeForgetResponse(this.engine.state, { secretHash, id }, row));
  }

  async read(id: string): Promise<unknown> {
    return this.do((row) => executeKeptResponse(this.engine.state, { secretHash, id }, row));
  }

  async turnsUpTo(id: string): Promise<unknown> {
    return this.do((row) => executeKeptTurns(this.engine.state, { secretHash, id }, row));
  }

  wake(): void {
    this.engine = Engine.load(this.disk, this.nowMs);
  }
}
