import { decodeFault } from '../chat/fault.ts';
import { asList, asRecord } from '../json/json-value.ts';
import { type Protocol, isSchema } from '../protocol.ts';
import { searchItemsIn, searchesCounted } from '../web-searches.ts';
import { countResponse } from './count.ts';
import { responsesProviderTools } from './hosted-tools.ts';
import { responsesCapName, responsesParameters } from './parameters.ts';
import { measureResponsesPrompt } from './prompt.ts';
import { type ResponsesCall, readResponsesCall, responsesCallIn } from './request.ts';
import { ResponsesStream } from './stream.ts';
import { decodeFailedEvent, decodeResponsesUsage, endOfResponse, labelOfResponse } from './usage.ts';

/** OpenAI's Responses. */
export const responses: Protocol<ResponsesCall> = {
  path: '/responses',
  read: readResponsesCall,
  callIn: responsesCallIn,
  measure: measureResponsesPrompt,
  parameters: responsesParameters,
  capNames: [responsesCapName],
  conversation: { instructions: 'instructions', items: 'input', tools: ['tools'] },
  schemaField: ({ text }) => (isSchema(asRecord(text)?.['format']) ? 'text.format' : undefined),
  providerTools: responsesProviderTools,
  isAnswer: ({ object, output, status }) => object === 'response' && Array.isArray(output) && status !== 'failed',
  faultIn: (answer) => {
    // A failed response says why in codes of its own, as at the end of a stream.
    const end = answer['object'] === 'response' ? endOfResponse(answer) : undefined;
    return end?.kind === 'failed' ? end.fault : (decodeFault(answer) ?? decodeFailedEvent(answer));
  },
  usageIn: decodeResponsesUsage,
  labelOf: labelOfResponse,
  count: countResponse,
  searchesIn: (answer) => searchesCounted(answer) ?? searchItemsIn(asList(answer['output'])),
  reader: (options) => new ResponsesStream(options),
};
