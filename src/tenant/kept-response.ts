/**
 * A response of the Responses API that its account keeps, so that later calls can build on it. Each holds what its own
 * call has added to the conversation, and no more: so a conversation takes the room of what was said in it once.
 */
export interface KeptResponse {
  /** Made of the request id of its call: so ids sort by time, and no two are the same. */
  readonly id: string;
  /** The response whose conversation this one goes on with: that comes first, whole, then `input`, then the output. */
  readonly baseId?: string;
  /** What was put in after that: a JSON array of items. */
  readonly input: string;
  /** The response as its client was told it, its output included: a JSON object. */
  readonly response: string;
  /** The ids of the items of its output, by which they are referred to. */
  readonly itemIds: readonly string[];
  /** Who made it. What a provider has hidden of its reasoning means nothing to another. */
  readonly provider: string;
}
