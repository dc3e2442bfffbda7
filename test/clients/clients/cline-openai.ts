import { clineClient } from '../cline-client.ts';

export const clineOpenai = clineClient({
  title: 'Cline, as OpenAI',
  protocol: 'Responses',
  provider: 'openai-native',
});
