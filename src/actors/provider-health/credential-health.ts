import { credentialOutMs } from '../../limits.ts';
import type { CheckResult } from './check-result.ts';
import {
  type CooldownReason,
  type CoolingScope,
  CredentialCooldowns,
  type Refusal,
} from '../../core/breaker/credential-cooldowns.ts';
import type { HealthSnapshot, RefusedCall, ScopedCooldown } from './health-messages.ts';
import type { HealthRecord } from './health-record.ts';

/** The credentials of one provider, as ProviderHealth knows them. Times are steady. */
export class CredentialHealth {
  readonly #cooldowns = new CredentialCooldowns();
  #changed = false;

  constructor(record: Pick<HealthRecord, 'cooldowns' | 'scoped'> | undefined) {
    for (const [credential, { sinceMs = 0, ...cooldown }] of record?.cooldowns ?? []) {
      this.#cooldowns.coolDown({ credential }, { ...cooldown, sinceMs });
    }
    for (const { credential, model, client, ...refusal } of record?.scoped ?? []) {
      this.#cooldowns.coolDown({ credential, model, client }, refusal);
    }
  }

  refused(
    credential: string,
    { forMs, reason }: { readonly forMs: number; readonly reason: CooldownReason },
    by: RefusedCall | undefined,
    nowMs: number,
  ): void {
    const refusal: Refusal = { untilMs: nowMs + forMs, reason, sinceMs: nowMs - (by?.elapsedMs ?? 0) };
    const isNews =
      by === undefined
        ? this.#cooldowns.coolDown({ credential }, refusal)
        : this.#cooldowns.refuse({ credential, model: by.model, client: by.client }, refusal, nowMs);
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
    const isRefusedKey = this.#cooldowns.active(nowMs).some((known) => {
      return known.credential === credential && known.reason === 'unauthorized';
    });
    const reason = reasonOf(result, isRefusedKey);
    const isServed = result.kind === 'answered' && result.status >= 200 && result.status < 300;
    const refusal = reason === undefined ? undefined : { untilMs: nowMs + credentialOutMs, reason, sinceMs };
    if (this.#cooldowns.checked(credential, refusal ?? (isServed ? 'served' : 'unclear'), nowMs)) this.#changed = true;
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
    const told = ({ untilMs, reason }: CoolingScope) => ({ forMs: untilMs - nowMs, reason });
    return {
      cooldowns: all.map((known) => ({ credential: known.credential, ...told(known) })),
      ...(scoped.length === 0
        ? {}
        : {
            scoped: scoped.map(({ credential, model, client, ...known }): ScopedCooldown => {
              return {
                credential,
                model,
                ...(client === undefined ? {} : { client }),
                ...told({ credential, ...known }),
              };
            }),
          }),
    };
  }

  toRecord(nowMs: number): Pick<HealthRecord, 'cooldowns' | 'scoped'> {
    const [all, scoped] = this.#split(nowMs);
    return {
      cooldowns: all.map(({ credential, untilMs, reason, sinceMs }) => [credential, { untilMs, reason, sinceMs }]),
      scoped: [...scoped],
    };
  }

  /** What is out for all, and what is out for one model. */
  #split(nowMs: number): [CoolingScope[], (CoolingScope & { readonly model: string })[]] {
    const active = this.#cooldowns.active(nowMs);
    return [
      active.filter(({ model }) => model === undefined),
      active.flatMap((known) => (known.model === undefined ? [] : [{ ...known, model: known.model }])),
    ];
  }
}

/**
 * Why a check was refused, as far as its status says. What it asks is always the same, so that a 400 can only mean its
 * credential where calls were told so in words, as Google and xAI say it.
 */
function reasonOf(result: CheckResult, isRefusedKey: boolean): CooldownReason | undefined {
  if (result.kind !== 'answered') return undefined;
  switch (result.status) {
    case 400:
      return isRefusedKey ? 'unauthorized' : undefined;
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
