import type { EpochMs } from '../ledger/epoch-ms.ts';
import { claimsPerAlarm } from '../../limits.ts';
import { responsesPerAlarm } from './response-limits.ts';
import { type IsOpen, Claims } from './claims.ts';
import type { ResponseRules } from './response-rules.ts';
import { Responses } from './responses.ts';
import type { KeptChanges, KeptStores } from './store.ts';

/** All that an account keeps beside its journal, as the current flush leaves it. */
export class Kept {
  readonly claims: Claims;
  readonly responses: Responses;

  constructor(stores: KeptStores) {
    this.claims = new Claims(stores.claims);
    this.responses = new Responses(stores.responses);
  }

  get bytesChanged(): number {
    return this.claims.bytesChanged + this.responses.bytesChanged;
  }

  /** Forgets some of what is too old. Without `rules` there are no responses. */
  forgetOld(at: EpochMs, isOpen: IsOpen, rules: ResponseRules | undefined): void {
    this.claims.forgetOld(at, isOpen, claimsPerAlarm);
    if (rules !== undefined) this.responses.forgetOld(at, rules.keepMs, responsesPerAlarm);
  }

  /** Hands over what to write, once. Undefined if there is nothing. */
  take(): KeptChanges | undefined {
    const claims = this.claims.take();
    const responses = this.responses.take();
    return claims.length === 0 && responses.length === 0 ? undefined : { claims, responses };
  }
}
