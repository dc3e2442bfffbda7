import { langchainClient } from '../langchain-client.ts';

export const langchainOpenai = langchainClient({ title: 'LangChain, OpenAI', protocol: 'chat' });
