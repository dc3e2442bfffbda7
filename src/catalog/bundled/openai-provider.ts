import { unknownElsewhere } from '../sampling-fields.ts';
import type { WrittenProvider } from './written.ts';

/*
 * It refuses fields whose names it does not know (`Unrecognized request argument supplied`), as in
 * https://github.com/nashsu/llm_wiki/issues/336 as of 2026-06-04.
 */

export const openAiProvider: WrittenProvider = {
  kind: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  secret: 'OPENAI_API_KEY',
  protocols: ['chat', 'responses', 'embeddings'],
  healthCheck: { path: '/models' },
  quirks: { drop: [...unknownElsewhere], extensions: ['max_tool_calls'] },
};
