import type { Fault } from './fault.ts';

/** Mistakes in what an account keeps beside its ledger. */
export const accountFaults: readonly Fault[] = [
  {
    what: 'a breach is not counted',
    file: 'src/core/account/fold.ts',
    right: 'if (event.breach) state.breaches =',
    wrong: 'if (event.breach && at < 0) state.breaches =',
    breaks: 'conservation',
  },
  {
    what: 'a checkpoint forgets how many breaches there were',
    file: 'src/core/account/format.ts',
    right: 'breaches: body.breaches ?? noBreaches',
    wrong: 'breaches: noBreaches',
    breaks: 'conservation',
  },
];
