import { coolingCredentialsMax } from '../../limits.ts';

/** Why a credential is not to be used for a while. All but 'rate-limited' want somebody's attention. */
export type CooldownReason = 'unauthorized' | 'forbidden' | 'out-of-credit' | 'rate-limited';

export interface Cooldown {
  readonly untilMs: number;
  readonly reason: CooldownReason;
}

/** What a call uses: a credential by its name, for a model, for a client. Clients are told apart, and not named. */
export interface CredentialUse {
  readonly credential: string;
  readonly model: string;
  readonly client: string;
}

/** What is kept away: the calls of one client, or of all, for one model, or for all. */
export interface CooldownScope {
  readonly credential: string;
  readonly model?: string | undefined;
  readonly client?: string | undefined;
}

/** What a provider said of a credential to a call that began at `sinceMs`. */
export interface Refusal extends Cooldown {
  readonly sinceMs: number;
}

export interface CoolingScope extends CooldownScope, Refusal {
  /** Whether the provider was asked since by a check, which can't be any client's doing. */
  readonly isChecked?: boolean | undefined;
}

/**
 * The credentials of one provider that are out, and until when: names, never values.
 *
 * What one client was told keeps only its own calls away, and only for that model: it may have been told so for what it
 * asked. When a second client is told the same of the same model, and nothing has succeeded in between, all calls of
 * that model are kept away; of all models, only when a check of our own was refused. That a call was forbidden keeps
 * not even its own client away, because it is so often the content.
 *
 * Bounded: when there are too many, the one that would end first is forgotten, which costs one more answer from the
 * provider to learn again.
 */
export class CredentialCooldowns {
  readonly #cooling = new Map<string, CoolingScope>();

  /** A client's call was refused. Returns whether that changed anything. */
  refuse(use: CredentialUse, refusal: Refusal, nowMs: number): boolean {
    const { credential, model, client } = use;
    const others = this.active(nowMs).filter(
      (known) =>
        known.credential === credential &&
        known.model === model &&
        known.client !== undefined &&
        known.client !== client &&
        known.reason === refusal.reason,
    );
    if (others.length === 0 && this.knows(use, refusal, nowMs)) return false;
    for (const other of others) this.forget(other);
    return this.coolDown({ credential, model, ...(others.length > 0 ? {} : { client }) }, refusal);
  }

  /** A cool-down is never shortened by another one. Returns whether that changed anything. */
  coolDown(scope: CooldownScope, refusal: Refusal & Pick<CoolingScope, 'isChecked'>): boolean {
    const key = keyOf(scope);
    const known = this.#cooling.get(key);
    if (known !== undefined && known.untilMs >= refusal.untilMs) return false;
    this.#cooling.set(key, { ...scope, ...refusal });
    if (this.#cooling.size > coolingCredentialsMax) this.#forgetTheFirstToEnd();
    return true;
  }

  /**
   * A call that began at `startedMs` was served: what was said to calls that began before no longer holds. When to come
   * back is another matter. Returns whether that changed anything.
   */
  accept({ credential, model }: Omit<CredentialUse, 'client'>, startedMs: number): boolean {
    return this.#forgetThose(
      (known) =>
        known.credential === credential &&
        (known.model ?? model) === model &&
        known.reason !== 'rate-limited' &&
        known.sinceMs < startedMs,
    );
  }

  /** The credentials that only clients' calls were refused with, and no check has been asked of yet. */
  suspects(nowMs: number): ReadonlySet<string> {
    const active = this.active(nowMs);
    const out = new Set(active.flatMap(({ credential, model }) => (model === undefined ? [credential] : [])));
    const suspected = active.filter((known) => known.reason !== 'rate-limited' && known.isChecked !== true);
    return new Set(suspected.map(({ credential }) => credential).filter((credential) => !out.has(credential)));
  }

  /**
   * A check was made with a suspected credential, which is out for all if it was refused. If it was served, the clients
   * were forbidden something else than to use it. Returns whether that changed anything.
   */
  checked(credential: string, found: Refusal | 'served' | 'unclear', nowMs: number): boolean {
    if (!this.suspects(nowMs).has(credential)) return false;
    if (found === 'served') {
      this.#forgetThose((known) => known.credential === credential && known.reason === 'forbidden');
    }
    for (const known of this.active(nowMs)) {
      if (known.credential === credential) this.#cooling.set(keyOf(known), { ...known, isChecked: true });
    }
    if (typeof found === 'object') this.coolDown({ credential }, found);
    return true;
  }

  /** What keeps a call away, or undefined where it may be made. */
  at(use: CredentialUse, nowMs: number): Cooldown | undefined {
    // Asked for every target of every call, and most often there is none.
    if (this.#cooling.size === 0) return undefined;
    const [longest] = this.#covering(use, nowMs)
      .filter(({ client, reason }) => client === undefined || reason !== 'forbidden')
      .toSorted((one, other) => other.untilMs - one.untilMs);
    return longest === undefined ? undefined : { untilMs: longest.untilMs, reason: longest.reason };
  }

  /** Whether a refusal of such a call would say nothing new. */
  knows(use: CredentialUse, refusal: Cooldown, nowMs: number): boolean {
    return this.#covering(use, nowMs).some((known) => isCoveredBy(known, refusal));
  }

  /** All that are out at `nowMs`; those whose time is over are forgotten. */
  active(nowMs: number): CoolingScope[] {
    this.#forgetThose(({ untilMs }) => untilMs <= nowMs);
    return [...this.#cooling.values()];
  }

  forget(scope: CooldownScope): void {
    this.#cooling.delete(keyOf(scope));
  }

  clear(): void {
    this.#cooling.clear();
  }

  #covering({ credential, model, client }: CredentialUse, nowMs: number): CoolingScope[] {
    const scopes: CooldownScope[] = [{ credential }, { credential, model }, { credential, model, client }];
    return scopes.flatMap((scope) => {
      const known = this.#cooling.get(keyOf(scope));
      return known !== undefined && nowMs < known.untilMs ? [known] : [];
    });
  }

  #forgetThose(isOver: (known: CoolingScope) => boolean): boolean {
    const over = [...this.#cooling].filter(([, known]) => isOver(known));
    for (const [key] of over) this.#cooling.delete(key);
    return over.length > 0;
  }

  #forgetTheFirstToEnd(): void {
    const [first] = [...this.#cooling.values()].toSorted((one, other) => one.untilMs - other.untilMs);
    if (first !== undefined) this.forget(first);
  }
}

/** Only a rate limit is told anew because it goes on for longer: of the others it is enough to know once. */
function isCoveredBy(known: Cooldown, { untilMs, reason }: Cooldown): boolean {
  return known.untilMs >= untilMs || (known.reason === reason && reason !== 'rate-limited');
}

function keyOf({ credential, model, client }: CooldownScope): string {
  return JSON.stringify([credential, model ?? null, client ?? null]);
}
