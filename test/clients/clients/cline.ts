import { clineClient } from '../cline-client.ts';

export const cline = clineClient({
  title: 'Cline, OpenAI-compatible',
  protocol: 'chat',
  provider: 'openai-compatible',
});
