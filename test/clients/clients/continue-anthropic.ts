import { continueClient } from '../continue-client.ts';

export const continueAnthropic = continueClient({
  title: 'Continue, as Anthropic',
  protocol: 'Messages',
  provider: 'anthropic',
});
