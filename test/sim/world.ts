import { UnreadableFormatError } from '../../src/tenant/format.ts';
import type { TenantEvent } from '../../src/tenant/event.ts';
import { broken } from './broken-promise.ts';
import { Instance } from './instance.ts';
import { type Fate, MemoryDisk } from '../support/memory-disk.ts';
import type { Asking } from './naive-answers.ts';
import { type Message, plain } from './message.ts';
import { NaiveLeases } from './naive-leases.ts';
import { type Release, eventsOnDisk, holdsFormat2 } from './release.ts';
import { type Call, type CallStep, Routers } from './router.ts';
import { type Sending, type Step, skewMsMax } from './step.ts';
import { type Tally, count } from './tally.ts';
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
  readonly #leases = new NaiveLeases(this.witness.ledger, () => this.clockMs);
  clockMs = Date.UTC(2027, 10, 28, 23, 0, 0);
  #instances: Instance[] = [];
  readonly #late: Message[] = [];
  #release: Release | undefined;
  #version = 0;

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
        this.#letGo(step.ms);
        this.clockMs += step.ms;
        this.#leases.jumped(step.ms);
        return;
      case 'month-end': {
        const date = new Date(this.clockMs);
        const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
        return this.#waitUntil(Math.max(this.clockMs, end - step.beforeMs));
      }
      case 'flush':
        return this.#flushAll(step.fate);
      case 'evict':
        this.#instances = [];
        return;
      case 'second':
        await this.#newest();
        this.#start(step.skewMs);
        return;
      case 'alarm':
        return this.#alarm(step.fate);
      case 'release':
        return this.#change(step.release);
      case 'rows':
        for (let row = 0; row < step.rows; row += 1) {
          this.#send({ ...plain({ type: 'void', name: `nobody-${this.disk.lastSeq()}` }), deaf: true });
          await this.#flushAll('kept');
        }
        return;
      case 'deliver':
        return this.#deliver(step.message, step.twice);
      case 'renew':
        return this.#renew(step.calls);
      default:
        return this.#ask(step);
    }
  }

  /** Time goes on until nothing is left to happen, and the actor wakes for its alarm alone. */
  async drain(): Promise<void> {
    await this.#waitUntil(this.clockMs);
    const beganMs = this.clockMs;
    while (this.witness.ledger.open.size > 0) {
      const alarmMs = Math.max(this.clockMs, this.disk.alarmMs ?? Infinity);
      const isLate = alarmMs > Math.max(beganMs, this.#leases.lastEndMs);
      if (isLate) broken('no leak', `still open are ${[...this.witness.ledger.open.keys()].join(', ')}`);
      await this.#waitUntil(alarmMs);
      this.#instances = [];
      await this.#alarm('kept');
      this.clockMs += 1000;
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
        const call = routers.newCall(step.shape, step.keyed);
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
        if (asking !== undefined) this.#post(asking, call, step.send);
      }
    }
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

  /** To the oldest instance that runs: so two of them are mixed up as badly as they can be. */
  #send({ asking, call, deaf }: Message): void {
    const instance = this.#instances[0] ?? this.#start(0);
    const policies = this.witness.ledger.waitMsOfPolicies.length;
    // Each delivery is a message of its own, also of what was sent before.
    instance.ask({ ...asking }, this.clockMs, policies, (outcome) => {
      count(this.tally, outcome);
      if (asking.type === 'renew') return this.#leases.renewed(asking.holdIds, lostIn(outcome), this.#instances);
      if (deaf) return;
      const staleCall = this.routers.hear(call, outcome);
      if (staleCall !== undefined) this.#send({ asking: this.routers.admit(staleCall), call, deaf });
    });
  }

  #renew(places: readonly number[]): void {
    const instance = this.#instances[0] ?? this.#start(0);
    const holdIds = places.flatMap((place) => this.routers.callAt(place)?.grant?.holdId ?? []);
    const lost = instance.engine.renewUnwritten(holdIds, this.clockMs + instance.skewMs);
    if (lost === undefined) return this.#send(plain({ type: 'renew', holdIds }));
    if (!instance.current) return;
    this.witness.checkRenewal(holdIds, lost);
    this.#leases.renewed(holdIds, lost, this.#instances);
  }

  async #waitUntil(untilMs: number): Promise<void> {
    await this.#flushAll('kept');
    for (let flushes = 0; ; flushes += 1) {
      const timers = this.#instances.flatMap(({ timerMs }) => timerMs ?? []);
      const dueMs = Math.min(...timers);
      if (dueMs > untilMs) break;
      if (flushes > flushesMax) broken('no leak', 'what is due is not done: the actor flushes for ever');
      this.clockMs = Math.max(this.clockMs, dueMs);
      await this.#flushAll('kept');
    }
    this.#letGo(untilMs - this.clockMs);
    this.clockMs = untilMs;
    if (this.witness.ledger.open.size > 0 && this.disk.alarmMs === undefined && this.#instances.length === 0) {
      broken('no leak', 'holds are open, no instance runs and no alarm is set');
    }
  }

  async #flushAll(fate: Fate): Promise<void> {
    for (const instance of this.#instances) await this.#flush(instance, fate);
  }

  async #flush(instance: Instance, fate: Fate): Promise<void> {
    const { current } = instance;
    const seqBefore = this.disk.lastSeq();
    const at = instance.rowAt(this.clockMs);
    const asked = [...instance.unanswered];
    const { responsesForgotten } = this.disk;
    await instance.flush(this.clockMs, fate);
    if (this.disk.responsesForgotten > responsesForgotten) this.#keepOnly(instance);
    const outcomes = instance.outcomes.splice(0);
    const row = this.disk.rows.get(this.disk.lastSeq());
    const events =
      this.disk.lastSeq() > seqBefore && row !== undefined ? (eventsOnDisk(row.events) as TenantEvent[]) : [];
    const seq = seqBefore + 1;
    // Of what never reached the disk nobody knows, once the instance is gone.
    if (events.length > 0 || !instance.engine.broken) this.#leases.written(events, asked, instance);
    // A flush of more than one write is broken by a crash between them, and what it wrote first is there to be found.
    if (instance.engine.broken && fate !== 'torn') {
      this.#kill(instance);
      if (current && fate !== 'lost') broken('every caller is answered', 'an actor gave up, and its disk was in order');
      if (instance.unanswered.size > 0) broken('every caller is answered', 'a broken actor leaves callers waiting');
      const answered = outcomes.find(({ reply }) => reply !== undefined);
      if (answered !== undefined) broken('durable', `${answered.asking.type} was answered, and the write had failed`);
      return;
    }
    if (fate === 'kept-unanswered' || fate === 'torn') {
      this.#kill(instance);
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

  /** The platform lets go of who is not called. One that another has outrun is gone long before a row is pruned. */
  #letGo(aheadMs: number): void {
    if (aheadMs > 3_600_000) this.#instances = this.#instances.filter(({ current }) => current);
  }

  /** What it has forgotten left no row by which others would notice. That the platform runs only one is relied on. */
  #keepOnly(instance: Instance): void {
    this.#instances = this.#instances.filter((other) => other === instance);
  }

  #kill(instance: Instance): void {
    this.#instances = this.#instances.filter((other) => other !== instance);
  }

  /** The platform wakes the actor, if it is time: the oldest instance, or a new one. */
  async #alarm(fate: Fate): Promise<void> {
    if (this.disk.alarmMs === undefined || this.disk.alarmMs > this.clockMs) return;
    this.disk.alarmMs = undefined;
    const instance = this.#instances[0] ?? this.#start(0);
    await this.#flush(instance, 'kept');
    if (instance.engine.broken) {
      this.disk.alarmMs = this.clockMs;
      return;
    }
    try {
      const { responsesForgotten } = this.disk;
      instance.keepHouse(this.clockMs, fate);
      if (this.disk.responsesForgotten > responsesForgotten) this.#keepOnly(instance);
      if (fate === 'kept-unanswered' || fate === 'torn') this.#kill(instance);
    } catch {
      // The actor gives up, and the platform tries its alarm again.
      this.#kill(instance);
      this.disk.alarmMs = this.clockMs;
    }
  }

  async #change(release: Release): Promise<void> {
    await this.#flushAll('kept');
    this.#instances = [];
    if (release === 'writes-1' && holdsFormat2(this.disk.load())) return this.#checkRefusesToStart(release);
    this.#release = release;
    this.#start(0);
  }

  #checkRefusesToStart(release: Release): void {
    try {
      void new Instance(this.disk, release, 0, this.clockMs);
    } catch (error) {
      if (error instanceof UnreadableFormatError) return;
      throw error;
    }
    broken('readable for ever', 'a release started from what it can not read');
  }

  async #newest(): Promise<void> {
    await this.#flushAll('kept');
    if (this.#instances.length > 2) this.#instances = this.#instances.slice(-1);
  }

  /** Another instance wakes, and knows what the disk says. It receives what is sent once those before it are gone. */
  #start(skewMs: number): Instance {
    const instance = new Instance(this.disk, this.#release, skewMs, this.clockMs);
    this.#instances.push(instance);
    this.witness.compare(instance.engine.state, this.clockMs + skewMs);
    return instance;
  }
}

/** However many wait, and however long: more flushes than this are never due in one stretch of time. */
const flushesMax = 1000;
