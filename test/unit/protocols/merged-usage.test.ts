import { expect, test } from 'vitest';
import { mergedUsage } from '../../../src/protocols/merged-usage.ts';

test('what was said stays where less or nothing is said of it later, also inside', () => {
  const earlier = {
    input_tokens: 100,
    output_tokens: 1,
    cache_creation: { ephemeral_1h_input_tokens: 50, ephemeral_5m_input_tokens: 5 },
    server_tool_use: { web_search_requests: 3 },
    iterations: [{ type: 'compaction', output_tokens: 7 }, { type: 'message' }],
    service_tier: 'priority',
  };
  const later = {
    input_tokens: 0,
    output_tokens: 9,
    cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 8 },
    server_tool_use: null,
    iterations: [{ type: 'compaction', output_tokens: 5 }],
    service_tier: 'standard',
  };
  expect(mergedUsage(earlier, later)).toEqual({
    input_tokens: 100,
    output_tokens: 9,
    cache_creation: { ephemeral_1h_input_tokens: 50, ephemeral_5m_input_tokens: 8 },
    server_tool_use: { web_search_requests: 3 },
    iterations: [{ type: 'compaction', output_tokens: 7 }, { type: 'message' }],
    service_tier: 'standard',
  });
});

test('what makes no sense is not hidden by what did', () => {
  expect(mergedUsage({ output_tokens: 9 }, { output_tokens: -1 })).toEqual({ output_tokens: -1 });
  expect(mergedUsage({ output_tokens: 9 }, { output_tokens: '9' })).toEqual({ output_tokens: '9' });
});
