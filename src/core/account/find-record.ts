import { epochMs } from '../ledger/epoch-ms.ts';
import { deny } from './execute.ts';
import type { TenantEvent, TenantState } from './fold.ts';
import type { RecordReply, RecordRequest } from './protocol.ts';
import { callMsMax, expiredKeepMs, waitMsMax, writtenLeaseMs } from '../../limits.ts';
import { doubtMs } from './doubt.ts';
import { callFacts } from './call-end.ts';
import { eventsOf } from './format.ts';
import type { CallRecord } from './record.ts';
import type { JournalRow, JournalStore } from './store.ts';

type Placed = { readonly event: TenantEvent; readonly at: number };
type Admitted = Extract<TenantEvent, { type: 'admitted' }>;

/** How far apart the clocks of a router and an actor may be. */
const skewMs = 60_000;
/** How long after its naming a call may be admitted. It may be asked for twice, and wait each time. */
const admittedWithinMs = 2 * waitMsMax + skewMs;
/** How long admission takes without waiting, if the clocks agree. */
const nearMs = 2000;
/** How long after its admission something may become known of a call. */
const endedWithinMs = callMsMax + writtenLeaseMs + doubtMs + expiredKeepMs;

/** The record of a call, for a caller that shows the secret of its account. */
export function recordFor(state: TenantState, store: JournalStore, request: RecordRequest, nowMs: number): RecordReply {
  const denied = deny(state.account, request.secretHash, epochMs(nowMs));
  if (denied !== undefined) return denied;
  const record = findRecord(store, request.requestId, request.namedAtMs);
  return record === undefined ? { kind: 'none' } : { kind: 'record', record };
}

/** The record of an ended call, from the journal. Undefined if the call is unknown, still runs, or is forgotten. */
export function findRecord(store: JournalStore, name: string, namedAtMs: number): CallRecord | undefined {
  const admitted = findAdmitted(store, name, namedAtMs);
  if (admitted === undefined) return undefined;
  const events: Placed[] = [];
  const { id } = admitted.event;
  // From its place in the journal on. What followed may be of an earlier time, if time was set back.
  const rows = store.find(0, admitted.at + endedWithinMs, `"id":${JSON.stringify(id)}`, Number.parseInt(id, 10));
  for (const placed of eventsOfAll(rows)) {
    if (!('id' in placed.event) || placed.event.id !== id) continue;
    events.push(placed);
    if (placed.event.type === 'settled' || placed.event.type === 'voided') break;
  }
  return recordOf(admitted, events);
}

/** The record of a call, from its events in order. Undefined while it has not ended. */
export function recordOf(
  admitted: { readonly event: Admitted; readonly at: number },
  events: readonly Placed[],
): CallRecord | undefined {
  const { event } = admitted;
  const { name: requestId, endpoint, stream, chain } = event;
  const owners = chain === undefined ? {} : { chain };
  const common = { requestId, endpoint, stream, admittedAtMs: admitted.at, ...owners };
  let last = { tokens: event.tokens, nanoUsd: event.nanoUsd, cap: event.cap };
  const spent = { tokens: 0, nanoUsd: 0 };
  let record: CallRecord | undefined;
  const end = (at: number, used: { tokens: number; nanoUsd: number }, more: Partial<CallRecord>): CallRecord => ({
    ...common,
    endedAtMs: at,
    tokens: spent.tokens + used.tokens,
    costNanoUsd: spent.nanoUsd + used.nanoUsd,
    heldNanoUsd: last.nanoUsd,
    outputCap: last.cap,
    breach: false,
    expired: record?.expired ?? false,
    corrected: false,
    ...more,
  });
  for (const { event: next, at } of events) {
    switch (next.type) {
      case 'extended':
        spent.tokens += next.spentTokens;
        spent.nanoUsd += next.spentNanoUsd;
        last = { tokens: next.tokens, nanoUsd: next.nanoUsd, cap: next.cap };
        break;
      case 'settled':
        record = end(at, next, { breach: next.breach, facts: callFacts(next.facts) });
        break;
      case 'expired':
        record = end(at, last, { expired: true });
        break;
      case 'corrected':
        record = end(at, next, { breach: next.breach, corrected: true, facts: callFacts(next.facts) });
        break;
      case 'voided':
        record = end(at, { tokens: 0, nanoUsd: 0 }, {});
        break;
      default:
    }
  }
  return record;
}

function findAdmitted(
  store: JournalStore,
  name: string,
  namedAtMs: number,
): { event: Admitted; at: number } | undefined {
  // Nearly all calls are admitted at once. Otherwise the rest of the time is searched too.
  for (const [beforeMs, afterMs] of [
    [nearMs, nearMs],
    [skewMs, admittedWithinMs],
  ] as const) {
    const rows = store.find(namedAtMs - beforeMs, namedAtMs + afterMs, JSON.stringify(name));
    for (const { event, at } of eventsOfAll(rows)) {
      if (event.type === 'admitted' && event.name === name) return { event, at };
    }
  }
  return undefined;
}

function* eventsOfAll(rows: Iterable<JournalRow>): Iterable<Placed> {
  for (const row of rows) yield* eventsOf(row);
}
