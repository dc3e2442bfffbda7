/** The field with which a client has Anthropic keep its conversation, so that each turn sends only what is new. */
export const threadField = 'thread';

/** On this error, Anthropic's tool runner goes on without a thread by itself, and sends all messages. */
export const threadUnsupported = {
  param: threadField,
  providerCode: 'thread_unsupported_request',
  unsupported: [threadField],
} as const;
