import type { Fault } from './fault.ts';

/** Mistakes in setting the time of an account back. */
export const setBackFaults: readonly Fault[] = [
  {
    what: 'a reset leaves the time ahead of the clock',
    file: 'src/core/ledger/apply.ts',
    right: 'if (event.setBackTo !== undefined) setBack(state, event.setBackTo);',
    wrong: '',
    breaks: 'every caller is answered',
  },
  {
    what: 'what follows a reset in its row is of the time before it',
    file: 'src/core/account/format.ts',
    right: 'at = event.setBackTo ?? at;',
    wrong: '{}',
    breaks: 'durable',
  },
  {
    what: 'a call that is under way when the time is set back stays in the future',
    file: 'src/core/ledger/set-back.ts',
    right: 'for (const hold of state.open.values()) hold.at = earlier(hold.at, to);',
    wrong: '',
    breaks: 'every caller is answered',
  },
  {
    what: 'what is held is forgotten when the time is set back',
    file: 'src/core/ledger/set-back.ts',
    right: 'changeHeld(counter, hold, to, 1);',
    wrong: 'if (hold.at < 0) changeHeld(counter, hold, to, 1);',
    breaks: 'AssertionError',
  },
  {
    what: 'the names of calls that ended are forgotten when the time is set back',
    file: 'src/core/ledger/names.ts',
    right: 'generation >= oldest ? [...ended] : []',
    wrong: 'generation < 0 ? [...ended] : []',
    breaks: 'exactly once',
  },
  {
    what: 'names that were forgotten are known again when the time is set back',
    file: 'src/core/ledger/names.ts',
    right: 'generation >= oldest ? [...ended] : []',
    wrong: 'generation >= 0 ? [...ended] : []',
    breaks: 'exactly once',
  },
  {
    what: 'names that were forgotten are known again when an actor wakes after the time was set back',
    file: 'src/core/ledger/names.ts',
    right: 'names.replaces = true;',
    wrong: '',
    breaks: 'durable',
  },
];
