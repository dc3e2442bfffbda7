import type { EpochMs } from '../ledger/epoch-ms.ts';
import { claimsPerAlarm } from '../../limits.ts';
import { responsesPerAlarm } from './response-limits.ts';
import { type IsOpen, Claims } from './claims.ts';
import type { ResponseRules } from './response-rules.ts';
import { Responses } from './responses.ts';
import type { KeptChanges, KeptStores } from './store.ts';

/** All that an account keeps beside its journal, as the flush under way leaves it. */
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

  /** Forgets some of what is too old. Where no responses are kept, there are none. */
  forgetOld(at: EpochMs, isOpen: IsOpen, rules: ResponseRules | undefined): void {
    this.claims.forgetOld(at, isOpen, claimsPerAlarm);
    if (rules !== undefined) this.responses.forgetOld(at, rules.keepMs, responsesPerAlarm);
  }

  /** Hands over what is to be written, once; undefined where nothing is. */
  take(): KeptChanges | undefined {
    const claims = this.claims.take();
    const responses = this.responses.take();
    return claims.length === 0 && responses.length === 0 ? undefined : { claims, responses };
  }
}
