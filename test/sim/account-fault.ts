import type { Fault } from './fault.ts';

/** Mistakes in what an account keeps beside its ledger. */
export const accountFaults: readonly Fault[] = [
  {
    what: 'a breach is not counted',
    file: 'src/core/account/fold.ts',
    right: "if ('breach' in event && event.breach) {",
    wrong: "if ('breach' in event && event.breach && at < 0) {",
    breaks: 'conservation',
  },
  {
    what: 'a checkpoint forgets how many breaches there were',
    file: 'src/core/account/format.ts',
    right: 'breaches: body.breaches ?? noBreaches',
    wrong: 'breaches: noBreaches',
    breaks: 'conservation',
  },
  {
    what: 'whom a settlement was about is not written with it',
    file: 'src/core/account/journal.ts',
    right: '...(subjects === undefined ? {} : { subjects })',
    wrong: '...(subjects === undefined ? {} : {})',
    breaks: 'exactly once',
  },
  {
    what: 'whom a settlement was about is told of another one',
    file: 'src/core/account/row.ts',
    right: 'encodeSubject(this.texts.length, subject)',
    wrong: 'encodeSubject(this.texts.length + 1, subject)',
    breaks: 'exactly once',
  },
  {
    what: 'an admission does not say which organisation the account belonged to',
    file: 'src/core/account/uplink/chain.ts',
    right: '[userId, organizationId, parentId]',
    wrong: '[userId]',
    breaks: 'no overrun',
  },
  {
    what: 'the record of a call leaves out what its earlier attempts spent',
    file: 'src/core/account/find-record.ts',
    right: 'costNanoUsd: spent.nanoUsd + used.nanoUsd,',
    wrong: 'costNanoUsd: used.nanoUsd,',
    breaks: 'conservation',
  },
];
