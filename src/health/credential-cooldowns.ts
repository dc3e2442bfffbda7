import { coolingCredentialsMax } from '../limits.ts';

/** Why a credential is not to be used for a while. All but 'rate-limited' want somebody's attention. */
export type CooldownReason = 'unauthorized' | 'forbidden' | 'out-of-credit' | 'rate-limited';

export interface Cooldown {
  readonly untilMs: number;
  readonly reason: CooldownReason;
}

/**
 * The credentials of one provider that are out, and until when: names, never values. A cool-down is never shortened by
 * another one. Bounded: when there are too many, the one that would end first is forgotten, which costs one more answer
 * from the provider to learn again.
 */
export class CredentialCooldowns {
  readonly #cooldowns = new Map<string, Cooldown>();

  /** Returns whether that changed anything. */
  coolDown(credential: string, cooldown: Cooldown): boolean {
    const known = this.#cooldowns.get(credential);
    if (known !== undefined && known.untilMs >= cooldown.untilMs) return false;
    this.#cooldowns.set(credential, cooldown);
    if (this.#cooldowns.size > coolingCredentialsMax) this.#forgetTheFirstToEnd();
    return true;
  }

  /** The cool-down that `credential` is in, or undefined where it may be used. */
  at(credential: string, nowMs: number): Cooldown | undefined {
    const known = this.#cooldowns.get(credential);
    return known !== undefined && nowMs < known.untilMs ? known : undefined;
  }

  /** All that are out at `nowMs`; those whose time is over are forgotten. */
  active(nowMs: number): [credential: string, cooldown: Cooldown][] {
    for (const [credential, { untilMs }] of this.#cooldowns) {
      if (untilMs <= nowMs) this.#cooldowns.delete(credential);
    }
    return [...this.#cooldowns];
  }

  forget(credential: string): void {
    this.#cooldowns.delete(credential);
  }

  clear(): void {
    this.#cooldowns.clear();
  }

  #forgetTheFirstToEnd(): void {
    const [first] = [...this.#cooldowns].toSorted(([, one], [, other]) => one.untilMs - other.untilMs);
    if (first !== undefined) this.forget(first[0]);
  }
}
