import type { HoldId } from '../../src/core/ledger/command.ts';
import type { TenantEvent } from '../../src/core/account/fold.ts';
import { broken } from './broken-promise.ts';
import type { Instance } from './instance.ts';
import { Instances } from './instances.ts';
import { type Fate, MemoryDisk } from '../support/memory-disk.ts';
import type { Asking } from './naive-answers.ts';
import { type Message, plain } from './message.ts';
import { NaiveLeases } from './naive-leases.ts';
import { eventsOnDisk } from './release.ts';
import { type Call, type CallStep, Routers } from './router.ts';
import { type Sending, type Step, skewMsMax } from './step.ts';
import { type Tally, count } from './tally.ts';
import { Owners } from './owners.ts';
import { TwoTimes } from './two-times.ts';
import { Witness, lostIn } from './witness.ts';
import { accountOf } from './written-account.ts';

type AskingKind = CallStep['do'] | 'admit' | 'void-first' | 'configure' | 'reset' | 'nonsense';
type AskingStep = Extract<Step, { readonly do: AskingKind }>;

/** One account, its disk, the instances of its actor, and the routers that call it. Time passes as the steps say. */
export class World {
  readonly disk = new MemoryDisk();
  readonly witness = new Witness();
  readonly tally: Tally = new Map();
  readonly routers = new Routers(this.witness.ledger);
  readonly #time = new TwoTimes();
  readonly #instances = new Instances(this.disk, this.#time, this.witness, () => this.#leases.woke());
  readonly #owners = new Owners();
  readonly #leases = new NaiveLeases(this.witness.ledger, this.#time);
  readonly #late: Message[] = [];
  #version = 0;

  get clockMs(): number {
    return this.#time.clockMs;
  }

  async take(step: Step): Promise<void> {
    await this.#happen(step);
    if (this.disk.damage !== undefined) broken('durable', this.disk.damage);
    this.witness.checkKept(this.disk, this.clockMs + skewMsMax);
  }

  async #happen(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        return this.#waitUntil(this.clockMs + step.ms);
      case 'jump':
        await this.#flushAll('kept');
        this.#instances.abandon(step.ms);
        this.#time.jump(step.ms);
        this.#leases.jumped(step.ms);
        for (const instance of this.#instances.all) instance.jumped(step.ms);
        return;
      case 'month-end': {
        const date = new Date(this.clockMs);
        const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
        return this.#waitUntil(Math.max(this.clockMs, end - step.beforeMs));
      }
      case 'flush':
        return this.#flushAll(step.fate);
      case 'evict':
        return this.#instances.evict();
      case 'second':
        await this.#flushAll('kept');
        this.#instances.start(step.skewMs);
        return;
      case 'alarm':
        return this.#alarm(step.fate);
      case 'release':
        await this.#flushAll('kept');
        return this.#instances.change(step.release);
      case 'rows':
        for (let row = 0; row < step.rows; row += 1) {
          this.#send({ ...plain({ type: 'void', name: `nobody-${this.disk.lastSeq()}` }), deaf: true });
          await this.#flushAll('kept');
        }
        return;
      case 'deliver':
        return this.#deliver(step.message, step.twice);
      case 'exchange':
        return this.#exchange(step.messages, step.twice, step.deaf);
      case 'renew':
        return this.#renew(step.calls.flatMap((place) => this.routers.callAt(place)?.grant?.holdId ?? []));
      default:
        return this.#ask(step);
    }
  }

  /** Time goes on until nothing is left to happen. The actor wakes for its alarms alone, and dies each time. */
  async drain(): Promise<void> {
    await this.#waitUntil(this.clockMs);
    this.#owners.vanish();
    const sinceMs = this.#leases.wakesByMs;
    while (this.witness.ledger.open.size > 0) {
      const alarmMs = Math.max(this.clockMs, this.disk.alarmMs ?? Infinity);
      const isLate = alarmMs > this.#time.clockAt(this.#leases.lastEndMs(sinceMs));
      if (isLate) broken('no leak', `still open are ${[...this.witness.ledger.open.keys()].join(', ')}`);
      this.#instances.evict();
      await this.#waitUntil(alarmMs);
      await this.#alarm('kept');
      this.#time.passUntil(this.clockMs + 1000);
    }
  }

  #ask(step: AskingStep): void {
    const { routers } = this;
    switch (step.do) {
      case 'configure':
        this.#version += 1;
        return this.#send(plain({ type: 'configure', account: accountOf(step, this.#version), limits: step.limits }));
      case 'reset':
        return this.#send(plain({ type: 'reset' }));
      case 'nonsense':
        return this.#send(plain(routers.nonsense(step.what)));
      case 'admit': {
        const call = routers.newCall(step.shape, step.keyed, step.callMs);
        return this.#post(routers.admit(call), call, step.send);
      }
      case 'void-first': {
        const call = routers.newCall(step.shape, undefined);
        return this.#post({ type: 'void', name: call.name }, call, step.send);
      }
      default: {
        const call = routers.callAt(step.call);
        if (call === undefined) return;
        const asking = routers.asking(call, step);
        if (asking?.type === 'settle' || asking?.type === 'void') this.#over(call);
        if (asking !== undefined) this.#post(asking, call, step.send);
      }
    }
  }

  /** Its router renews nothing any more. */
  #over(call: Call): void {
    call.callMs = 0;
    if (call.grant !== undefined) this.#owners.end(call.grant.holdId);
  }

  #post(asking: Asking, call: Call, send: Sending): void {
    const message = { asking, call, deaf: send === 'deaf' };
    if (send === 'late') this.#late.push(message);
    else this.#send(message);
  }

  #deliver(place: number, twice: boolean): void {
    const index = place % Math.max(1, this.#late.length);
    const message = this.#late[index];
    if (message === undefined) return;
    if (!twice) this.#late.splice(index, 1);
    this.#send(message);
  }

  /** Commands that can't travel together are left for other deliveries. */
  #exchange(messages: number, twice: boolean, deaf: boolean): void {
    const taken = this.#late.filter(({ asking }) => travelTogether.has(asking.type)).slice(0, messages);
    for (const message of taken) this.#late.splice(this.#late.indexOf(message), 1);
    for (let time = 0; time < (twice ? 2 : 1); time += 1) {
      for (const { asking, call, deaf: isDeaf } of taken) {
        const together: Asking = asking.type === 'admit' ? { ...asking, neverWaits: true } : asking;
        this.#send({ asking: together, call, deaf: deaf || isDeaf });
      }
    }
  }

  #send({ asking, call, deaf }: Message): void {
    const instance = this.#instances.oldest();
    const policies = this.witness.ledger.waitMsOfPolicies.length;
    // Each delivery is a message of its own, also of what was sent before.
    instance.ask({ ...asking }, this.clockMs, policies, (outcome) => {
      count(this.tally, outcome);
      if (asking.type === 'renew') return this.#renewed(asking.holdIds, lostIn(outcome));
      if (deaf) return;
      const staleCall = this.routers.hear(call, outcome);
      if (asking.type === 'admit' && outcome.reply !== undefined && 'holdId' in outcome.reply) this.#begin(call);
      if (staleCall !== undefined) this.#send({ asking: this.routers.admit(staleCall), call, deaf });
    });
  }

  #begin(call: Call | undefined): void {
    const { grant, callMs = 0 } = call ?? {};
    if (grant === undefined || !this.witness.ledger.open.has(grant.holdId)) return;
    if (callMs > 0) this.#owners.begin(grant.holdId, this.#time.passedMs, callMs);
    this.#leases.renewed([grant.holdId], [], this.#instances.all);
  }

  #renew(holdIds: readonly HoldId[]): void {
    const instance = this.#instances.oldest();
    const lost = instance.engine.renewUnwritten(holdIds, this.clockMs + instance.skewMs);
    if (lost === undefined) return this.#send(plain({ type: 'renew', holdIds }));
    if (!instance.current) return;
    this.witness.checkRenewal(holdIds, lost);
    this.#renewed(holdIds, lost);
  }

  #renewed(holdIds: readonly HoldId[], lost: readonly HoldId[]): void {
    this.#leases.renewed(holdIds, lost, this.#instances.all);
    for (const id of lost) this.#owners.end(id);
    for (const id of holdIds) this.#owners.told(id, this.#time.passedMs);
  }

  async #waitUntil(untilMs: number): Promise<void> {
    await this.#flushAll('kept');
    for (let flushes = 0; ; flushes += 1) {
      const timers = this.#instances.all.flatMap(({ timerMs }) => timerMs ?? []);
      const ownersMs = this.#time.clockAt(this.#owners.nextMs);
      const dueMs = Math.min(...timers, ownersMs);
      if (dueMs > untilMs) break;
      if (flushes > flushesMax) broken('no leak', 'what is due is not done: the actor flushes for ever');
      this.#time.passUntil(Math.max(this.clockMs, dueMs));
      await this.#flushAll('kept');
      if (ownersMs > this.clockMs) continue;
      const holdIds = this.#owners.due(this.#time.passedMs);
      if (holdIds.length > 0) this.#renew(holdIds);
      flushes = 0;
    }
    this.#instances.abandon(untilMs - this.clockMs);
    this.#time.passUntil(untilMs);
    if (this.witness.ledger.open.size > 0 && this.disk.alarmMs === undefined && this.#instances.all.length === 0) {
      broken('no leak', 'holds are open, no instance runs and no alarm is set');
    }
  }

  async #flushAll(fate: Fate): Promise<void> {
    for (const instance of this.#instances.all) await this.#flush(instance, fate);
  }

  async #flush(instance: Instance, fate: Fate): Promise<void> {
    const { current } = instance;
    const seqBefore = this.disk.lastSeq();
    const at = instance.rowAt(this.clockMs);
    const asked = [...instance.unanswered];
    const { responsesForgotten } = this.disk;
    await instance.flush(this.clockMs, fate);
    if (this.disk.responsesForgotten > responsesForgotten) this.#instances.keepOnly(instance);
    const outcomes = instance.outcomes.splice(0);
    const row = this.disk.rows.get(this.disk.lastSeq());
    const events = this.disk.lastSeq() > seqBefore && row !== undefined ? (eventsOnDisk(row) as TenantEvent[]) : [];
    const seq = seqBefore + 1;
    // Of what never reached the disk nobody knows, once the instance is gone.
    if (events.length > 0 || !instance.engine.broken) this.#leases.written(events, asked, instance);
    // A flush of more than one write is broken by a crash between them, and what it wrote first is there to be found.
    if (instance.engine.broken && fate !== 'torn') {
      this.#instances.kill(instance);
      if (current && fate !== 'lost') broken('every caller is answered', 'an actor gave up, and its disk was in order');
      if (instance.unanswered.size > 0) broken('every caller is answered', 'a broken actor leaves callers waiting');
      const answered = outcomes.find(({ reply }) => reply !== undefined);
      if (answered !== undefined) broken('durable', `${answered.asking.type} was answered, and the write had failed`);
      return;
    }
    if (fate === 'kept-unanswered' || fate === 'torn') {
      this.#instances.kill(instance);
      // An instance that another has outrun gives up before it writes anything.
      const hasWritten = events.length > 0 || this.disk.responsesForgotten > responsesForgotten;
      if (hasWritten) this.witness.foundOnDisk(seq, at, events, asked);
      return;
    }
    if (!current) {
      if (events.length > 0) broken('durable', 'an instance wrote without knowing what is on disk');
      return;
    }
    const nowMs = this.clockMs + instance.skewMs;
    this.witness.flushed({ seq, at, nowMs, events, outcomes });
    this.#leases.answered(events, instance);
    instance.isFresh = false;
    for (const outcome of outcomes) outcome.deliver(outcome);
    instance.checkNobodyForgotten();
    this.witness.compare(instance.engine.state, nowMs);
  }

  /** The platform wakes the actor, if it is time: the oldest instance, or a new one. */
  async #alarm(fate: Fate): Promise<void> {
    if (this.disk.alarmMs === undefined || this.disk.alarmMs > this.clockMs) return;
    this.disk.alarmMs = undefined;
    const instance = this.#instances.oldest();
    await this.#flush(instance, 'kept');
    if (instance.engine.broken) {
      this.disk.alarmMs = this.clockMs;
      return;
    }
    try {
      const { responsesForgotten } = this.disk;
      instance.keepHouse(this.clockMs, fate);
      if (this.disk.responsesForgotten > responsesForgotten) this.#instances.keepOnly(instance);
      if (fate === 'kept-unanswered' || fate === 'torn') this.#instances.kill(instance);
    } catch {
      // The actor gives up, and the platform tries its alarm again.
      this.#instances.kill(instance);
      this.disk.alarmMs = this.clockMs;
    }
  }
}

const travelTogether: ReadonlySet<Asking['type']> = new Set(['admit', 'extend', 'settle', 'void', 'renew']);

/** However many wait, and however long: more flushes than this are never due in one stretch of time. */
const flushesMax = 1000;
