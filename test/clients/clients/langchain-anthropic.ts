import { langchainClient } from '../langchain-client.ts';

export const langchainAnthropic = langchainClient({ title: 'LangChain, Anthropic', protocol: 'Messages' });
