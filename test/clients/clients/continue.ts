import { continueClient } from '../continue-client.ts';

export const continueOpenai = continueClient({ title: 'Continue, as OpenAI', protocol: 'chat', provider: 'openai' });
