import { labelOf } from '../answer-label.ts';
import { asList, asRecord } from '../json/json-value.ts';
import { type Protocol, isSchema } from '../protocol.ts';
import { decodeFault } from './fault.ts';
import { capNames, chatParameters } from './parameters.ts';
import { measurePrompt } from './prompt.ts';
import { chatProviderTools } from './provider-tools.ts';
import { type ChatCall, chatCallIn, readChatCall } from './request.ts';
import { ChatStream } from './stream.ts';
import { decodeUsage, saidIn } from './usage.ts';

/** OpenAI's chat completions, as compatible servers understand them too. */
export const chat: Protocol<ChatCall> = {
  path: '/chat/completions',
  read: readChatCall,
  callIn: chatCallIn,
  measure: measurePrompt,
  parameters: chatParameters,
  capNames,
  conversation: { items: 'messages', tools: ['tools', 'functions'] },
  schemaField: (request) => (isSchema(request['response_format']) ? 'response_format' : undefined),
  providerTools: chatProviderTools,
  isAnswer: ({ choices }) => Array.isArray(choices) && choices.every((choice) => asRecord(choice) !== undefined),
  faultIn: decodeFault,
  usageIn: decodeUsage,
  labelOf: (answer) => labelOf(answer, asRecord(asList(answer['choices'])[0])?.['finish_reason']),
  count: (count, answer) => {
    for (const [index, choice] of asList(answer['choices']).entries()) count.add(index, asRecord(choice)?.['message']);
  },
  searchesIn: (answer) => saidIn(answer).searches,
  reader: (options) => new ChatStream(options),
};
