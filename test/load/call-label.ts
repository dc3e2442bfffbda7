import type { Endpoint } from './tally.ts';

/**
 * What the referee is told of a call, as the name of its end user: that is what comes through every translation of one
 * protocol into another.
 */
export interface CallLabel {
  /** Whose tally it goes to. */
  readonly user: string;
  readonly number: number;
  readonly sentAtMs: number;
  /** Where the client sent it. */
  readonly endpoint: Endpoint;
}

/** At most 64 characters long, which is as much as OpenAI takes, for names of scenarios as long as this project's. */
export function writeLabel({ user, number, sentAtMs, endpoint }: CallLabel): string {
  return [user, number, sentAtMs, endpoint].join('/');
}

/** Undefined for an end user who is just somebody. */
export function readLabel(endUser: string): CallLabel | undefined {
  const [, user, number, sentAtMs, endpoint] =
    /^([^/]+)\/(\d+)\/(\d+)\/(chat|responses|messages|embeddings)$/.exec(endUser) ?? [];
  if (user === undefined) return undefined;
  // The pattern allows no other.
  return { user, number: Number(number), sentAtMs: Number(sentAtMs), endpoint: endpoint as Endpoint };
}
