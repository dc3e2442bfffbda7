import { opencodeClient } from '../opencode-client.ts';

export const opencodeOpenai = opencodeClient({
  title: 'opencode, as OpenAI',
  protocol: 'Responses',
  provider: 'openai',
});
