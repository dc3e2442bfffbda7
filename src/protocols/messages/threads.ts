/** The field by which a client has Anthropic keep its conversation, so that each turn sends only what is new. */
export const threadField = 'thread';

/** Told so, Anthropic's tool runner goes on without a thread by itself, and sends all of the messages. */
export const threadUnsupported = {
  param: threadField,
  providerCode: 'thread_unsupported_request',
  unsupported: [threadField],
} as const;
