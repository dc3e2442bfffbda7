import { accountFaults } from './account-fault.ts';
import { claimFaults } from './claim-fault.ts';
import { leaseFaults } from './lease-fault.ts';
import { responseFaults } from './response-fault.ts';
import { setBackFaults } from './set-back-fault.ts';
import { treeFaults } from './tree/tree-fault.ts';
import type { Promised, invariantError } from './broken-promise.ts';

/** A mistake that somebody could make: a few characters of one file. The simulator must find each of them. */
export interface Fault {
  readonly what: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
  /** A promise that is seen to be broken, or an invariant. */
  readonly breaks: Promised | typeof invariantError;
  /** The simulator that finds it. Missing for that of one account. */
  readonly simulator?: 'tree';
}

export const faults: readonly Fault[] = [
  {
    what: 'a sliding window keeps 64 periods instead of 65',
    file: 'src/core/ledger/window.ts',
    right: '? slidingPeriods + 1 : 1;',
    wrong: '? slidingPeriods : 1;',
    breaks: 'no overrun',
  },
  {
    what: 'a settlement is applied twice',
    file: 'src/core/ledger/apply.ts',
    right: 'change(counter, hold.at, state.at, heldBy, amountPosted(counter.metric, posted));',
    wrong: 'change(counter, hold.at, state.at, heldBy, 2 * amountPosted(counter.metric, posted));',
    breaks: 'conservation',
  },
  {
    what: 'a late settlement is taken a second time',
    file: 'src/core/ledger/apply.ts',
    right: 'state.expired.delete(event.id);',
    wrong: '',
    breaks: 'exactly once',
  },
  {
    what: 'a checkpoint forgets a counter',
    file: 'src/core/ledger/snapshot.ts',
    right: 'counters: [...state.counters.values()].map(takeCounter),',
    wrong: 'counters: [...state.counters.values()].slice(1).map(takeCounter),',
    breaks: 'conservation',
  },
  {
    what: 'a checkpoint forgets the names of calls that ended',
    file: 'src/core/account/engine.ts',
    right: 'for (const { generation, names: ended } of names) restoreNames(state.ledger.ended, generation, ended);',
    wrong: '',
    breaks: 'exactly once',
  },
  {
    what: 'an answer leaves before the INSERT',
    file: 'src/core/account/engine.ts',
    right: 'this.#append(row);\n      if',
    wrong: 'for (const { say } of answers) say();\n      this.#append(row);\n      if',
    breaks: 'durable',
  },
  {
    what: 'the row is never written',
    file: 'src/core/account/journal.ts',
    right: 'else this.#store.append(written, kept);',
    wrong: '',
    breaks: 'durable',
  },
  {
    what: 'a correction touches counters that were reset since',
    file: 'src/core/ledger/apply.ts',
    right: 'if (counter.sinceOrdinal >= chargedBy || !inScope',
    wrong: 'if (!inScope',
    breaks: 'conservation',
  },
  {
    what: 'limits are checked without what is held',
    file: 'src/core/ledger/admission.ts',
    right: 'free: Math.max(0, limit.max - now.posted - now.held) };',
    wrong: 'free: Math.max(0, limit.max - now.posted) };',
    breaks: 'no overrun',
  },
  {
    what: 'limits are checked without what is posted',
    file: 'src/core/ledger/admission.ts',
    right: 'free: Math.max(0, limit.max - now.posted - now.held) };',
    wrong: 'free: Math.max(0, limit.max - now.held) };',
    breaks: 'no overrun',
  },
  {
    what: 'only the first limit is checked',
    file: 'src/core/ledger/admission.ts',
    right: 'for (const counted of state.limits) {',
    wrong: 'for (const counted of state.limits.slice(0, 1)) {',
    breaks: 'no overrun',
  },
  {
    what: 'the output cap is one token too high',
    file: 'src/core/ledger/admission.ts',
    right: 'Math.floor((free - bound.fixedTokens) / bound.tokensPerCapToken)',
    wrong: 'Math.ceil((free - bound.fixedTokens) / bound.tokensPerCapToken)',
    breaks: 'no overrun',
  },
  {
    what: 'what is to fit several times over is admitted where it fits once',
    file: 'src/core/ledger/admission.ts',
    right: "return metric === 'tokens' || metric === 'usd' ? timesOver : 1;",
    wrong: 'return timesOver > 0 ? 1 : 0;',
    breaks: 'no overrun',
  },
  {
    what: 'a month is never over',
    file: 'src/core/ledger/window.ts',
    right: 'return monthAt(at);',
    wrong: 'return monthAt(0 as EpochMs) + 0 * at;',
    breaks: 'no false refusal',
  },
  {
    what: 'a limit does not count a model by its aliases',
    file: 'src/core/ledger/limit.ts',
    right: ' || aliases.some((alias) => matchesPattern(pattern, alias))',
    wrong: '',
    breaks: 'no overrun',
  },
  {
    what: 'a month is over a day too early',
    file: 'src/core/ledger/window.ts',
    right: 'return monthAt(at);',
    wrong: 'return monthAt((at + 86_400_000) as EpochMs);',
    breaks: 'conservation',
  },
  {
    what: 'a tombstone is ignored',
    file: 'src/core/ledger/apply.ts',
    right: 'return remember(state.ended, event.name, at);',
    wrong: 'return;',
    breaks: 'exactly once',
  },
  {
    what: 'a repeated admit is admitted again',
    file: 'src/core/ledger/decide.ts',
    right: 'if (known !== undefined) return { answer: grantedAgain(state, known) };',
    wrong: '',
    breaks: 'no false refusal',
  },
  {
    what: 'a repeated extension is made again',
    file: 'src/core/ledger/decide.ts',
    right: 'if (attempt === hold.attempt) return { answer: grantedAgain(state, holdId) };',
    wrong: '',
    breaks: 'exactly once',
  },
  {
    what: 'what an earlier attempt spent is not posted',
    file: 'src/core/ledger/apply.ts',
    right: 'postUse(state, hold, event.spentTokens, event.spentNanoUsd);',
    wrong: 'postUse(state, hold, event.spentTokens, 0);',
    breaks: 'conservation',
  },
  {
    what: 'an extension does not count what the first attempt spent',
    file: 'src/core/ledger/admission.ts',
    right: 'const posted = now.posted + spentUnder(limit, reservation);',
    wrong: 'const posted = now.posted;',
    breaks: 'no overrun',
  },
  {
    what: 'a settlement is posted to the time at which it came',
    file: 'src/core/ledger/apply.ts',
    right: 'change(counter, hold.at, state.at, heldBy, amountPosted',
    wrong: 'change(counter, hold.at, state.at, heldBy, 0);\n    change(counter, state.at, state.at, 0, amountPosted',
    breaks: 'conservation',
  },
  {
    what: 'a lost extension is charged twice',
    file: 'src/core/ledger/decide.ts',
    right: '(command.attempt ?? hold.attempt) < hold.attempt',
    wrong: '(command.attempt ?? hold.attempt) < 0',
    breaks: 'exactly once',
  },
  {
    what: 'a breach is charged only up to the hold',
    file: 'src/core/ledger/decide.ts',
    right: 'const tokens = isPosted ? 0 : command.tokens;',
    wrong: 'const tokens = isPosted ? 0 : Math.min(command.tokens, hold.tokens);',
    breaks: 'exactly once',
  },
  {
    what: 'a void keeps what was held',
    file: 'src/core/ledger/apply.ts',
    right: "close(state, hold, 'remembered');",
    wrong: "close(state, hold, 'remembered', 'kept');",
    breaks: 'AssertionError',
  },
  {
    what: 'a vanished owner is charged nothing',
    file: 'src/core/ledger/apply.ts',
    right: 'end(state, hold, hold);',
    wrong: 'end(state, hold, { tokens: 0, nanoUsd: 0 });',
    breaks: 'conservation',
  },
  {
    what: 'the time to come back at is a period too early',
    file: 'src/core/ledger/window.ts',
    right: 'Math.ceil(((period + slidingPeriods + 1) * window.ms) / slidingPeriods)',
    wrong: 'Math.ceil(((period + slidingPeriods) * window.ms) / slidingPeriods)',
    breaks: 'no false refusal',
  },
  {
    what: 'the time to come back at is rounded down',
    file: 'src/core/ledger/window.ts',
    right: 'Math.ceil(((period + slidingPeriods + 1) * window.ms) / slidingPeriods)',
    wrong: 'Math.floor(((period + slidingPeriods + 1) * window.ms) / slidingPeriods)',
    breaks: 'no false refusal',
  },
  {
    what: 'a new scoped counter does not know what is held',
    file: 'src/core/ledger/state.ts',
    right: 'for (const hold of state.open.values()) changeHeld(counter, hold, state.at, 1);',
    wrong: '',
    breaks: 'AssertionError',
  },
  {
    what: 'setting limits again begins their counters anew',
    file: 'src/core/ledger/state.ts',
    right: 'if (known !== undefined) return known;',
    wrong: 'if (known !== undefined && scope === undefined) return known;',
    breaks: 'AssertionError',
  },
  {
    what: 'a reset forgets what is held',
    file: 'src/core/ledger/counter.ts',
    right: 'counter.postedSum = 0;',
    wrong: 'counter.postedSum = 0;\n  counter.held.fill(0);\n  counter.heldSum = 0;',
    breaks: 'AssertionError',
  },
  {
    what: 'a reset leaves one counter as it was',
    file: 'src/core/ledger/apply.ts',
    right: 'for (const counter of state.counters.values()) forgetPosted',
    wrong: 'for (const counter of [...state.counters.values()].slice(1)) forgetPosted',
    breaks: 'conservation',
  },
  {
    what: 'who waits is forgotten when the actor breaks',
    file: 'src/core/account/engine.ts',
    right: 'this.#waiting.rejectAll(error);',
    wrong: '',
    breaks: 'every caller is answered',
  },
  {
    what: 'a command that is wrong in itself and has to wait takes the actor with it',
    file: 'src/core/account/waiting-admits.ts',
    right: 'if (error instanceof FoldError) throw error;\n        tried',
    wrong: 'throw error;\n        tried',
    breaks: 'every caller is answered',
  },
  {
    what: 'who may wait is refused at once',
    file: 'src/core/ledger/waiting.ts',
    right: 'const mayWait = nowMs < waiter.untilMs;',
    wrong: 'const mayWait = nowMs < 0;',
    breaks: 'no false refusal',
  },
  {
    what: 'an admit that came with others waits for its turn',
    file: 'src/core/account/engine.ts',
    right: 'mayWait ? (this.state.account?.policy.waitMs ?? 0) : 0',
    wrong: 'mayWait ? (this.state.account?.policy.waitMs ?? 0) : (this.state.account?.policy.waitMs ?? 0)',
    breaks: 'every caller is answered',
  },
  {
    what: 'an instance that another has outrun writes its checkpoint',
    file: 'src/core/account/journal.ts',
    right: 'if (this.#store.lastSeq() !== this.#state.seq) throw',
    wrong: 'if (this.#store.lastSeq() < 0) throw',
    breaks: 'durable',
  },
  {
    what: 'a release starts from a format that it does not know',
    file: 'src/core/account/format.ts',
    right: 'format < 1 || format > newest',
    wrong: 'format < 1',
    breaks: 'readable for ever',
  },
  ...leaseFaults,
  ...claimFaults,
  ...accountFaults,
  ...responseFaults,
  ...setBackFaults,
  ...treeFaults,
];
