/**
 * What a field of a request does to its price. A field that its protocol does not list may cost anything: where
 * spending is limited it is refused, unless the catalog lists it among the provider's `neutralParams`.
 */
export type ParameterEffect =
  /** Changes neither the input nor how much output there may be. */
  | 'neutral'
  /** The gateway reads it and sends it to nobody. To a provider it may mean anything. */
  | 'gateway'
  /** Neutral at some of its values only. Each value is looked at. */
  | 'judged'
  /** Becomes part of the prompt: each of its bytes is at most one token. */
  | 'prompt'
  /** Becomes part of the prompt, but the server writes it anew, with spaces and escapes as it likes. */
  | 'rendered'
  /** Limits the output. The bound prices it. */
  | 'output'
  /** Priced where the catalog has a price for the tier. */
  | 'service-tier'
  /** Free for text. Sound that comes out is priced where the catalog has a price for it. */
  | 'modalities'
  /** Its cost can't be bounded beforehand. Refused unless it is null. */
  | 'unbounded';
