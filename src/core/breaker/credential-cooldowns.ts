import { coolingCredentialsMax } from '../../limits.ts';

/** Why a credential is out for a while. All reasons but 'rate-limited' need somebody's attention. */
export type CooldownReason = 'unauthorized' | 'forbidden' | 'out-of-credit' | 'rate-limited';

export interface Cooldown {
  readonly untilMs: number;
  readonly reason: CooldownReason;
}

/** What a call uses: a credential by its name, for a model and a client. The client is a hash, and no name. */
export interface CredentialUse {
  readonly credential: string;
  readonly model: string;
  readonly client: string;
}

/** The calls that a cool-down blocks: of one client, or of all, for one model, or for all. */
interface CooldownScope {
  readonly credential: string;
  readonly model?: string | undefined;
  readonly client?: string | undefined;
}

/** A provider rejected a credential in a call that began at `sinceMs`. */
export interface Rejection extends Cooldown {
  readonly sinceMs: number;
}

export interface CoolingScope extends CooldownScope, Rejection {
  /** Whether a check has asked the provider since. No client has a part in a check. */
  readonly isChecked?: boolean | undefined;
}

/**
 * The credentials of one provider that are out, and until when: names, never values.
 *
 * A rejection blocks only the calls of its client, and only for its model: the request may have been the reason. When a
 * second client is told the same about the model, and nothing has succeeded in between, all calls of the model are
 * blocked. Calls of all models are blocked only after a check of our own is rejected. 'forbidden' blocks not even its
 * own client, because the reason is so often the content.
 *
 * The number is bounded: the cool-down that would end first is forgotten, and another answer of the provider renews it.
 */
export class CredentialCooldowns {
  readonly #cooling = new Map<string, CoolingScope>();

  /** A client's call was rejected. Answers whether that changed anything. */
  reject(use: CredentialUse, rejection: Rejection, nowMs: number): boolean {
    const { credential, model, client } = use;
    const others = this.active(nowMs).filter(
      (known) =>
        known.credential === credential &&
        known.model === model &&
        known.client !== undefined &&
        known.client !== client &&
        known.reason === rejection.reason,
    );
    if (others.length === 0 && this.knows(use, rejection, nowMs)) return false;
    for (const other of others) this.forget(other);
    return this.coolDown({ credential, model, ...(others.length > 0 ? {} : { client }) }, rejection);
  }

  /** Never shortens a cool-down. Answers whether it changed anything. */
  coolDown(scope: CooldownScope, rejection: Rejection & Pick<CoolingScope, 'isChecked'>): boolean {
    const key = keyOf(scope);
    const known = this.#cooling.get(key);
    if (known !== undefined && known.untilMs >= rejection.untilMs) return false;
    this.#cooling.set(key, { ...scope, ...rejection });
    if (this.#cooling.size > coolingCredentialsMax) this.#forgetTheFirstToEnd();
    return true;
  }

  /**
   * A call that began at `startedMs` was served: rejections of calls that began before no longer hold, but for rate
   * limits. Answers whether that changed anything.
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

  /** The credentials that were rejected in the calls of some client or model, and that no check has tried since. */
  suspects(nowMs: number): ReadonlySet<string> {
    const active = this.active(nowMs);
    const out = new Set(active.flatMap(({ credential, model }) => (model === undefined ? [credential] : [])));
    const suspected = active.filter((known) => known.reason !== 'rate-limited' && known.isChecked !== true);
    return new Set(suspected.map(({ credential }) => credential).filter((credential) => !out.has(credential)));
  }

  /**
   * A suspected credential was checked. If the check was rejected, it is out for all. If it was served, the clients
   * were not forbidden to use it, but something else. Answers whether that changed anything.
   */
  checked(credential: string, found: Rejection | 'served' | 'unclear', nowMs: number): boolean {
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

  /** The cool-down that blocks a call, if any. */
  at(use: CredentialUse, nowMs: number): Cooldown | undefined {
    // This is asked for every target of every call, and nearly always there is none.
    if (this.#cooling.size === 0) return undefined;
    const [longest] = this.#covering(use, nowMs)
      .filter(({ client, reason }) => client === undefined || reason !== 'forbidden')
      .toSorted((one, other) => other.untilMs - one.untilMs);
    return longest === undefined ? undefined : { untilMs: longest.untilMs, reason: longest.reason };
  }

  /** Whether a rejection of such a call would say nothing new. */
  knows(use: CredentialUse, rejection: Cooldown, nowMs: number): boolean {
    return this.#covering(use, nowMs).some((known) => isCoveredBy(known, rejection));
  }

  /** All cool-downs at `nowMs`; those that are over are forgotten. */
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

/** A longer time is news only for a rate limit: the other reasons need to be known only once. */
function isCoveredBy(known: Cooldown, { untilMs, reason }: Cooldown): boolean {
  return known.untilMs >= untilMs || (known.reason === reason && reason !== 'rate-limited');
}

function keyOf({ credential, model, client }: CooldownScope): string {
  return JSON.stringify([credential, model ?? null, client ?? null]);
}
