import { credentialOutMs } from '../../limits.ts';
import { type CheckResult, outcomeOfCheck } from './check-result.ts';
import {
  type CooldownReason,
  type CoolingScope,
  CredentialCooldowns,
  type Rejection,
} from '../../core/breaker/credential-cooldowns.ts';
import type { HealthSnapshot, RejectedCall, ScopedCooldown } from './health-messages.ts';
import type { HealthRecord } from './health-record.ts';

/** The credentials of one provider, as ProviderHealth knows them. Times are steady. */
export class CredentialHealth {
  readonly #cooldowns = new CredentialCooldowns();
  #changed = false;

  constructor(record: Pick<HealthRecord, 'cooldowns' | 'scoped'> | undefined) {
    for (const [credential, { sinceMs = 0, ...cooldown }] of record?.cooldowns ?? []) {
      this.#cooldowns.coolDown({ credential }, { ...cooldown, sinceMs });
    }
    for (const { credential, model, client, ...rejection } of record?.scoped ?? []) {
      this.#cooldowns.coolDown({ credential, model, client }, rejection);
    }
  }

  rejected(
    credential: string,
    { forMs, reason }: { readonly forMs: number; readonly reason: CooldownReason },
    by: RejectedCall | undefined,
    nowMs: number,
  ): void {
    const rejection: Rejection = { untilMs: nowMs + forMs, reason, sinceMs: nowMs - (by?.elapsedMs ?? 0) };
    const isNews =
      by === undefined
        ? this.#cooldowns.coolDown({ credential }, rejection)
        : this.#cooldowns.reject({ credential, model: by.model, client: by.client }, rejection, nowMs);
    this.#changed ||= isNews;
  }

  accepted(credential: string, model: string, startedMs: number): void {
    if (this.#cooldowns.accept({ credential, model }, startedMs)) this.#changed = true;
  }

  suspects(nowMs: number): ReadonlySet<string> {
    return this.#cooldowns.suspects(nowMs);
  }

  /** `sinceMs` is when the check began. */
  checked(credential: string, result: CheckResult, sinceMs: number, nowMs: number): void {
    const isUnauthorized = this.#cooldowns
      .active(nowMs)
      .some((known) => known.credential === credential && known.reason === 'unauthorized');
    const reason = reasonOf(result, isUnauthorized);
    const rejection = reason === undefined ? undefined : { untilMs: nowMs + credentialOutMs, reason, sinceMs };
    const found = rejection ?? (outcomeOfCheck(result) === 'success' ? 'served' : 'unclear');
    if (this.#cooldowns.checked(credential, found, nowMs)) this.#changed = true;
  }

  clear(): void {
    this.#cooldowns.clear();
    this.#changed = true;
  }

  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  describe(nowMs: number): Pick<HealthSnapshot, 'cooldowns' | 'scoped'> {
    const [all, scoped] = this.#split(nowMs);
    const lasting = ({ untilMs, reason }: CoolingScope) => ({ forMs: untilMs - nowMs, reason });
    const cooldowns = all.map((known) => ({ credential: known.credential, ...lasting(known) }));
    if (scoped.length === 0) return { cooldowns };
    return {
      cooldowns,
      scoped: scoped.map((known): ScopedCooldown => {
        const { credential, model, client } = known;
        return { credential, model, ...(client === undefined ? {} : { client }), ...lasting(known) };
      }),
    };
  }

  toRecord(nowMs: number): Pick<HealthRecord, 'cooldowns' | 'scoped'> {
    const [all, scoped] = this.#split(nowMs);
    return {
      cooldowns: all.map(({ credential, untilMs, reason, sinceMs }) => [credential, { untilMs, reason, sinceMs }]),
      scoped,
    };
  }

  /** The cool-downs for all models, and those for one model. */
  #split(nowMs: number): [CoolingScope[], (CoolingScope & { readonly model: string })[]] {
    const active = this.#cooldowns.active(nowMs);
    return [
      active.filter(({ model }) => model === undefined),
      active.flatMap((known) => (known.model === undefined ? [] : [{ ...known, model: known.model }])),
    ];
  }
}

/**
 * Why a check was rejected, as far as its status says. A 400 means the credential only if calls were told so in words,
 * as by Google and xAI: what a check asks is always the same.
 */
function reasonOf(result: CheckResult, isUnauthorized: boolean): CooldownReason | undefined {
  if (result.kind !== 'answered') return undefined;
  switch (result.status) {
    case 400:
      return isUnauthorized ? 'unauthorized' : undefined;
    case 401:
      return 'unauthorized';
    case 402:
      return 'out-of-credit';
    case 403:
      return 'forbidden';
    default:
      return undefined;
  }
}
