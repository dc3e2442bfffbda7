import type { Endpoint } from './tally.ts';

/**
 * What the client tells the referee of a call. It is sent as the name of the end user, which survives every translation
 * between protocols.
 */
export interface CallLabel {
  /** Whose tally it goes to. */
  readonly user: string;
  readonly number: number;
  readonly sentAtMs: number;
  /** Where the client sent it. */
  readonly endpoint: Endpoint;
}

/** OpenAI takes 64 characters. A label stays below that if the scenario's name is short, as here. */
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
