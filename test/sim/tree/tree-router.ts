import type { Engine } from '../../../src/core/account/engine.ts';
import { executeRenew, executeSettle } from '../../../src/core/account/execute.ts';
import { executeVoid } from '../../../src/core/account/idempotency.ts';
import type { AdmitReply, ExtendReply } from '../../../src/core/account/protocol.ts';
import { secretHash, settleRequest } from '../../support/account.ts';
import type { Fate } from '../../support/memory-disk.ts';
import type { TreeAccount } from './tree-account.ts';
import { boundOf } from './tree-names.ts';
import type { CallShape, TreeStep } from './tree-step.ts';
import type { TreeWitness } from './tree-witness.ts';

interface TreeCall {
  readonly key: TreeAccount;
  /** The ledger that admitted it. */
  readonly ledger: string;
  readonly name: string;
  readonly holdId: string;
  /** What it was granted. */
  tokens: number;
  nanoUsd: number;
  model: string;
  attempt: number;
}

/** A call as a router knows it from the moment that it asks. */
interface Tried {
  readonly key: TreeAccount;
  readonly ledger: string;
  readonly name: string;
  readonly shape: CallShape;
  readonly policyVersion: number;
}

type CallStep = Extract<TreeStep, { do: 'settle' | 'extend' | 'void' | 'renew' | 'repeat' | 'give-up' }>;

/** Asks the keys for calls, and ends them. */
export class TreeRouter {
  readonly tally = { granted: 0, refused: 0, refusedAbove: 0, corrected: 0 };
  readonly #witness: TreeWitness;
  #tries: Tried[] = [];
  #calls: TreeCall[] = [];
  readonly #heard: (() => void)[] = [];
  #names = 0;

  constructor(witness: TreeWitness) {
    this.#witness = witness;
  }

  async admit(key: TreeAccount, shape: CallShape, policyVersion: number, fate: Fate): Promise<void> {
    const name = `call-${(this.#names += 1)}`;
    const tried = { key, ledger: key.disk.ledger, name, shape, policyVersion };
    this.#tries.push(tried);
    if (this.#tries.length > callsKnownMax) this.#tries = this.#tries.slice(-callsKnownMax);
    return this.#ask(tried, fate);
  }

  /** A router asks a key for a call. The answer may come much later. */
  async #ask({ key, ledger, name, shape, policyVersion }: Tried, fate: Fate): Promise<void> {
    const { endpoint, stream, model } = shape;
    const call = { name, endpoint, stream, bounded: true, bound: boundOf(shape) };
    const request = { secretHash, policyVersion, planVersion: 0, call };
    const hear = (reply: AdmitReply): void => {
      if (reply.kind === 'refused') {
        this.tally.refused += 1;
        if (reply.owner.id !== key.id) this.tally.refusedAbove += 1;
      }
      if (reply.kind !== 'granted') return;
      this.tally.granted += 1;
      const { holdId, tokens, nanoUsd } = reply;
      this.#witness.checkGrant(key, reply);
      if (this.#calls.some((known) => known.holdId === holdId && known.ledger === ledger)) return;
      this.#calls.push({ key, ledger, name, holdId, tokens, nanoUsd, model, attempt: 1 });
      if (this.#calls.length > callsKnownMax) this.#calls = this.#calls.slice(-callsKnownMax);
    };
    await this.#run(key, fate, (engine) => engine.admit(request), hear);
  }

  /** Has a command decided whose answer may come much later, from this instance. */
  async #run<Reply>(
    key: TreeAccount,
    fate: Fate,
    command: (engine: Engine) => Promise<Reply>,
    hear: (reply: Reply) => void,
  ): Promise<void> {
    await key.run(async (engine): Promise<void> => {
      const heard = (reply: Reply): void => {
        if (key.isAwake(engine)) this.#heard.push(() => hear(reply));
      };
      void command(engine).then(heard, () => undefined);
    }, fate);
    await this.hearAll();
    this.#witness.look(key);
  }

  /** What routers have heard is looked at once the actors have done what they do in one turn. */
  async hearAll(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
    for (const hear of this.#heard.splice(0)) hear();
  }

  /** Goes on with a call that was asked for, or was granted. */
  async goOn(step: CallStep): Promise<void> {
    if (step.do === 'repeat' || step.do === 'give-up') {
      const tried = this.#tries[step.call % Math.max(1, this.#tries.length)];
      if (tried === undefined || tried.ledger !== tried.key.disk.ledger) return;
      if (step.do === 'repeat') return this.#ask(tried, step.fate);
      return this.#void(tried, step.fate);
    }
    const call = this.#calls[step.call % Math.max(1, this.#calls.length)];
    if (call === undefined || call.ledger !== call.key.disk.ledger) return;
    const { key, holdId } = call;
    switch (step.do) {
      case 'settle':
        return this.#settle(call, step);
      case 'extend':
        return this.#extend(call, step);
      case 'void':
        return this.#void(call, step.fate);
      case 'renew':
        await key.run((engine) => engine.submit((row) => executeRenew(engine.state, [holdId], row)), 'kept');
        return this.#witness.look(key);
    }
  }

  async #void({ key, name }: Pick<TreeCall, 'key' | 'name'>, fate: Fate): Promise<void> {
    await key.run((engine) => engine.submit((row) => executeVoid(engine.state, name, row)), fate);
    this.#witness.look(key);
  }

  async #settle(call: TreeCall, { used, fate }: Extract<TreeStep, { do: 'settle' }>): Promise<void> {
    const { key, holdId, attempt } = call;
    const tokens = Math.floor(call.tokens * used);
    const nanoUsd = Math.floor(call.nanoUsd * used);
    const { facts } = settleRequest(holdId, tokens, { model: call.model });
    const request = { holdId, attempt, tokens, nanoUsd, facts };
    await key.run(async (engine): Promise<void> => {
      const { kind, ...more } = await engine.submit((row) => executeSettle(engine.state, request, row));
      if (kind === 'settled' && 'corrected' in more && more.corrected) this.tally.corrected += 1;
    }, fate);
    this.#witness.look(key);
  }

  async #extend(call: TreeCall, { spent, shape, fate }: Extract<TreeStep, { do: 'extend' }>): Promise<void> {
    const { key, holdId } = call;
    const spentTokens = Math.floor(call.tokens * spent);
    const spentNanoUsd = Math.floor(call.nanoUsd * spent);
    const attempt = call.attempt + 1;
    const request = { holdId, attempt, spentTokens, spentNanoUsd, bound: boundOf(shape) };
    const hear = (reply: ExtendReply): void => {
      if (reply.kind !== 'granted' || call.attempt >= attempt) return;
      this.#witness.checkGrant(key, reply);
      const { tokens, nanoUsd } = reply;
      Object.assign(call, { attempt, tokens, nanoUsd, model: shape.model });
    };
    return this.#run(key, fate, (engine) => engine.extend(request), hear);
  }
}

const callsKnownMax = 12;
