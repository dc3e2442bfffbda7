/**
 * What a part of a request's body does to its price. What a protocol does not list is not known, and may cost anything:
 * it is refused where spending is limited, unless the catalog lists it among the provider's `neutralParams`.
 */
export type ParameterEffect =
  /** Changes neither what is put in nor what may come out. */
  | 'neutral'
  /** Read by the gateway itself, and sent to nobody. To a provider it may mean anything. */
  | 'gateway'
  /** Neutral at some of its values only, which are looked at one by one. */
  | 'judged'
  /** Becomes part of the prompt: each of its bytes is at most one token. */
  | 'prompt'
  /** Becomes part of the prompt, but written anew by the server, with spaces and escapes as it likes. */
  | 'rendered'
  /** Says how much may come out: priced by the bound. */
  | 'output'
  /** Priced where the catalog has a price for the tier. */
  | 'service-tier'
  /** Free for text; sound that comes out is priced where the catalog has a price for it. */
  | 'modalities'
  /** Charged for in a way that can't be bounded beforehand. Refused unless it is null. */
  | 'unbounded';
