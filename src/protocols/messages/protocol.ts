import { labelOf } from '../answer-label.ts';
import { asList, asRecord } from '../json/json-value.ts';
import { type Protocol, isSchema } from '../protocol.ts';
import { searchBlocksIn } from '../web-searches.ts';
import { decodeAnthropicFault } from './fault.ts';
import { messagesParameters } from './parameters.ts';
import { measureMessagesPrompt } from './prompt.ts';
import { type MessagesCall, messagesCallIn, readMessagesCall } from './request.ts';
import { messagesProviderTools } from './server-tools.ts';
import { MessagesStream } from './stream.ts';
import { countMessage, decodeMessagesUsage } from './usage.ts';

/** Anthropic's Messages. */
export const messages: Protocol<MessagesCall> = {
  path: '/messages',
  read: readMessagesCall,
  callIn: messagesCallIn,
  measure: measureMessagesPrompt,
  parameters: messagesParameters,
  capNames: ['max_tokens'],
  conversation: { instructions: 'system', items: 'messages', tools: ['tools'] },
  schemaField: (request) => {
    if (isSchema(asRecord(request['output_config'])?.['format'])) return 'output_config.format';
    return isSchema(request['output_format']) ? 'output_format' : undefined;
  },
  providerTools: messagesProviderTools,
  isAnswer: ({ type, content }) => type === 'message' && Array.isArray(content),
  faultIn: decodeAnthropicFault,
  usageIn: decodeMessagesUsage,
  labelOf: (answer) => labelOf(answer, answer['stop_reason']),
  count: countMessage,
  searchesIn: ({ content }) => searchBlocksIn(asList(content)),
  reader: (options) => new MessagesStream(options),
};
