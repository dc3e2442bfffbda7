import type { Fault } from '../fault.ts';
import { askFaults } from './ask-fault.ts';

/** Mistakes in what accounts owe to those above them. The simulator of trees must find each. */
const faults: readonly Omit<Fault, 'simulator'>[] = [
  {
    what: 'a delivery is taken wherever it begins',
    file: 'src/core/account/uplink/below.ts',
    right: 'link !== undefined && (link.mark.seq !== after.seq || link.mark.check !== after.check)',
    wrong: 'link !== undefined && link.mark.seq < after.seq',
    breaks: 'exactly once',
  },
  {
    what: 'what was sent counts as taken before it is answered',
    file: 'src/core/account/uplink/debts.ts',
    right: 'return { from, ledger, after, through, n,',
    wrong: 'this.#taken.set(to, through); return { from, ledger, after, through, n,',
    breaks: 'conservation',
  },
  {
    what: 'an account does not go where the one above says that it is',
    file: 'src/core/account/uplink/debts.ts',
    right: 'this.#taken.set(to, reply.at);',
    wrong: '',
    breaks: 'conservation',
  },
  {
    what: 'a call is dated by a clock that runs ahead',
    file: 'src/core/account/uplink/below.ts',
    right: '...(isAhead ? { at, ...(provisional && { provisional }) } : {})',
    wrong: '',
    breaks: 'AssertionError',
  },
  {
    what: 'a call is dated when it is taken',
    file: 'src/core/account/uplink/below.ts',
    right: 'const isAhead = posting.at > at;',
    wrong: 'const isAhead = posting.at >= 0;',
    breaks: 'conservation',
  },
  {
    what: 'a correction is dated by another moment than what it takes back',
    file: 'src/core/account/uplink/below.ts',
    right: 'dates.get(charged) ?? posting.at',
    wrong: 'posting.at',
    breaks: 'conservation',
  },
  {
    what: 'a correction is dated by a time that was set back since',
    file: 'src/core/account/uplink/owed.ts',
    right: '{ charged: ordinal, at: postedAt }',
    wrong: '{ charged: ordinal, at }',
    breaks: 'conservation',
  },
  {
    what: 'a correction touches counters above that were reset since',
    file: 'src/core/account/uplink/below.ts',
    right: '...(chargedBy === undefined ? {} : { chargedBy })',
    wrong: '',
    breaks: 'conservation',
  },
  {
    what: 'nobody knows what was taken before a counter above began',
    file: 'src/core/account/uplink/below.ts',
    right: 'if (newestBegan <= ordinal) return before;',
    wrong: 'if (newestBegan <= ordinal || ordinal > 0) return before;',
    breaks: 'conservation',
  },
  {
    what: 'a correction takes back what only an opening has counted',
    file: 'src/core/account/uplink/below.ts',
    right: 'before: [{ n: first, ordinal: 0 }]',
    wrong: 'before: []',
    breaks: 'conservation',
  },
  {
    what: 'rows are pruned that somebody above has not taken',
    file: 'src/core/account/engine.ts',
    right: 'Math.min(this.#journal.checkpointSeq, this.debts.paidThrough)',
    wrong: 'this.#journal.checkpointSeq',
    breaks: 'conservation',
  },
  {
    what: 'what an earlier attempt may have used is not owed',
    file: 'src/core/account/uplink/owed.ts',
    right: 'if (spentTokens === 0 && spentNanoUsd === 0) return undefined;',
    wrong: 'if (spentTokens >= 0 && spentNanoUsd >= 0) return undefined;',
    breaks: 'conservation',
  },
  {
    what: 'what an earlier attempt has used counts as of the model that follows',
    file: 'src/core/account/row.ts',
    right: `event = withDebts(this.#state, decided);
      applyEvent(this.#state, event, this.#at);`,
    wrong: `if (decided.type === 'extended') applyEvent(this.#state, decided, this.#at);
      event = withDebts(this.#state, decided);
      if (decided.type !== 'extended') applyEvent(this.#state, event, this.#at);`,
    breaks: 'conservation',
  },
  {
    what: 'a call counts where its key belongs when it ends',
    file: 'src/core/account/uplink/chain.ts',
    right: 'if (chain.every(isLedger)) return chain;',
    wrong: 'if (chain.every(isLedger)) return ledgersOf(now);',
    breaks: 'conservation',
  },
  {
    what: 'a checkpoint forgets what is owed',
    file: 'src/core/account/format.ts',
    right: 'uplinks: new Map(body.uplinks)',
    wrong: 'uplinks: new Map()',
    breaks: 'conservation',
  },
  {
    what: 'a checkpoint forgets what was taken',
    file: 'src/core/account/format.ts',
    right: 'below: new Map(body.below)',
    wrong: 'below: new Map()',
    breaks: 'exactly once',
  },
  {
    what: 'a ledger opens with each account above that is new',
    file: 'src/core/account/configure.ts',
    right: 'id === account.userId ? uplinks.size === 0 : owesOrganizations',
    wrong: 'id !== undefined',
    breaks: 'conservation',
  },
  {
    what: 'what was counted in an organisation that had a name is owed to the next one',
    file: 'src/core/account/uplink/chain.ts',
    right: 'isNamed(before) && isId && before.organizationId === organizationName',
    wrong: 'isNamed(before) && isId && organizationName !== undefined',
    breaks: 'conservation',
  },
  {
    what: 'what an old release has counted is not owed',
    file: 'src/core/account/configure.ts',
    right: 'to.some(opens) ? openingOf(ledger, spend, at) : undefined',
    wrong: 'undefined',
    breaks: 'conservation',
  },
  {
    what: 'rows of a new ledger are taken for those of the lost one',
    file: 'src/core/account/uplink/below.ts',
    right: 'return `${from} ${ledger}`;',
    wrong: 'return ledger === undefined ? ledger : from;',
    breaks: 'durable',
  },
  {
    what: 'a row that did not fit into a delivery counts as delivered',
    file: 'src/core/account/uplink/debts.ts',
    right: 'if (last !== undefined && characters > deliveryCharactersMax) break;',
    wrong: 'if (last !== undefined && characters > 4000) { last = row; break; }',
    breaks: 'conservation',
  },
  {
    what: 'spend above counts no corrections',
    file: 'src/core/account/call-end.ts',
    right: 'return [charged, spentOn(hold, callFacts(event.facts), event.nanoUsd)];',
    wrong: 'return event.nanoUsd >= 0 ? [charged] : [];',
    breaks: 'conservation',
  },
];

export const treeFaults: readonly Fault[] = [...faults, ...askFaults].map((fault) => ({
  ...fault,
  simulator: 'tree',
}));
