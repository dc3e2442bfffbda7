import { UnreadableFormatError } from '../../src/core/account/format.ts';
import type { MemoryDisk } from '../support/memory-disk.ts';
import { broken } from './broken-promise.ts';
import { Instance } from './instance.ts';
import { type Release, holdsFormat2 } from './release.ts';
import type { TwoTimes } from './two-times.ts';
import type { Witness } from './witness.ts';

/** The instances of one actor that run: one, as the platform promises; none, while nobody calls; or, all the same, more. */
export class Instances {
  /** The oldest first. */
  all: readonly Instance[] = [];
  readonly #disk: MemoryDisk;
  readonly #time: TwoTimes;
  readonly #witness: Witness;
  readonly #woke: () => void;
  #release: Release | undefined;

  constructor(disk: MemoryDisk, time: TwoTimes, witness: Witness, woke: () => void) {
    this.#disk = disk;
    this.#time = time;
    this.#witness = witness;
    this.#woke = woke;
  }

  /** To the oldest instance that runs all messages go: so two of them are mixed up as badly as they can be. */
  oldest(): Instance {
    return this.all[0] ?? this.start(0);
  }

  /** Another instance wakes, and knows what the disk says. It receives what is sent once those before it are gone. */
  start(skewMs: number): Instance {
    if (this.all.length > 2) this.all = this.all.slice(-1);
    const { clockMs } = this.#time;
    const instance = new Instance(this.#disk, this.#release, skewMs, clockMs);
    this.all = [...this.all, instance];
    this.#woke();
    this.#witness.compare(instance.engine.state, clockMs + skewMs);
    return instance;
  }

  kill(instance: Instance): void {
    this.all = this.all.filter((other) => other !== instance);
  }

  /** What it has forgotten left no row by which others would notice. That the platform runs only one is relied on. */
  keepOnly(instance: Instance): void {
    this.all = this.all.filter((other) => other === instance);
  }

  evict(): void {
    this.all = [];
  }

  /** The platform lets go of who is not called. One that another has outrun is gone long before a row is pruned. */
  abandon(aheadMs: number): void {
    if (aheadMs > 3_600_000) this.all = this.all.filter(({ current }) => current);
  }

  /** From now on another release runs. */
  change(release: Release): void {
    this.evict();
    if (release === 'writes-1' && holdsFormat2(this.#disk.load())) return this.#checkRefusesToStart(release);
    this.#release = release;
    this.start(0);
  }

  #checkRefusesToStart(release: Release): void {
    try {
      void new Instance(this.#disk, release, 0, this.#time.clockMs);
    } catch (error) {
      if (error instanceof UnreadableFormatError) return;
      throw error;
    }
    broken('readable for ever', 'a release started from what it can not read');
  }
}
