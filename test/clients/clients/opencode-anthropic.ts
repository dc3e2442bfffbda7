import { opencodeClient } from '../opencode-client.ts';

export const opencodeAnthropic = opencodeClient({
  title: 'opencode, as Anthropic',
  protocol: 'Messages',
  provider: 'anthropic',
});
