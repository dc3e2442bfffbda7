import { langchainClient } from '../langchain-client.ts';

export const langchainResponses = langchainClient({ title: 'LangChain, OpenAI Responses', protocol: 'Responses' });
