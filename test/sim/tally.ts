import type { Outcome } from './instance.ts';
import { comeBackOf } from './witness.ts';

/** How often each kind of answer was given. It shows that a run was about something. */
export type Tally = Map<string, number>;

export function count(tally: Tally, { asking, reply }: Outcome): void {
  const kind = reply === undefined ? 'error' : String(Reflect.get(reply, 'kind'));
  const more =
    reply === undefined
      ? []
      : [comeBackOf(reply), problemOf(reply), ...flags.filter((flag) => Reflect.get(reply, flag)), ...missingOf(reply)];
  const key = [asking.type, kind, ...more].filter((word) => word !== undefined).join(' ');
  tally.set(key, (tally.get(key) ?? 0) + 1);
}

const flags = ['breach', 'corrected', 'kept'];

/** Whether something is missing that a call builds on. */
function missingOf(reply: object): string[] {
  return 'missing' in reply && Array.isArray(reply.missing) && reply.missing.length > 0 ? ['missing'] : [];
}

/** What stands in the way of a repeat. */
function problemOf(reply: object): string | undefined {
  return 'problem' in reply ? String(reply.problem) : undefined;
}
