import { opencodeClient } from '../opencode-client.ts';

export const opencode = opencodeClient({
  title: 'opencode, any provider',
  protocol: 'chat',
  provider: 'weir',
  npm: '@ai-sdk/openai-compatible',
});
