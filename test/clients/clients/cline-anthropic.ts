import { clineClient } from '../cline-client.ts';

export const clineAnthropic = clineClient({
  title: 'Cline, as Anthropic',
  protocol: 'Messages',
  provider: 'anthropic',
});
