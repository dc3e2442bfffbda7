import type { Facts } from '../ledger/command.ts';
import type { TenantEvent } from './fold.ts';
import type { CallFacts } from './record.ts';

/**
 * Whom a call was for, and what its client says of it. That may name people. So it is no part of the journal, which is
 * never changed, but is kept beside it: it can be erased, and the amounts stay.
 */
export type Subject = Pick<CallFacts, 'endUser' | 'session' | 'metadata'>;

/** Parts what the journal says of a call from what may name people. */
export function partedFacts({ endUser, session, metadata, ...facts }: CallFacts): {
  readonly facts: Facts;
  readonly subject: Subject | undefined;
} {
  const subject = {
    ...(endUser === undefined ? {} : { endUser }),
    ...(session === undefined ? {} : { session }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  return { facts, subject: Object.keys(subject).length === 0 ? undefined : subject };
}

/** A subject as text, with the place of its event in the row. Those of a row are a list of these. */
export function encodeSubject(place: number, subject: Subject): string {
  return JSON.stringify([place, subject]);
}

export function decodeSubjects(text: string | undefined): ReadonlyMap<number, Subject> {
  // This is what a row writes, perhaps with some of it erased since.
  return text === undefined ? nobody : new Map(JSON.parse(text) as readonly (readonly [number, Subject])[]);
}

const nobody: ReadonlyMap<number, Subject> = new Map();

/** The event as its router told it. Releases that kept no subjects wrote them into the event. */
export function withSubject(event: TenantEvent, subject: Subject | undefined): TenantEvent {
  if (subject === undefined || !('facts' in event)) return event;
  return { ...event, facts: { ...event.facts, ...subject } };
}
