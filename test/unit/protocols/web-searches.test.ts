import { expect, it, describe } from 'vitest';
import { hasSearchResults, searchItemsIn, searchesCounted } from '../../../src/protocols/web-searches.ts';

describe('the searches of the web that a provider counts', () => {
  it.each([
    ['as Anthropic does', { server_tool_use: { web_search_requests: 3, web_fetch_requests: 9 } }, 3],
    ['as OpenRouter does', { server_tool_use_details: { web_search_requests: 2, tool_calls_executed: 5 } }, 2],
    [
      'as xAI does',
      { num_sources_used: 0, server_side_tool_usage_details: { web_search_calls: 2, x_search_calls: 5, mcp_calls: 9 } },
      7,
    ],
    ['by the names of its protocol', { server_side_tool_usage: { SERVER_SIDE_TOOL_WEB_SEARCH: 2 } }, 2],
    ['by its sources alone', { num_sources_used: 4 }, 4],
    ['as none', { server_tool_use: { web_search_requests: 0 } }, 0],
  ])('are found where it counts them %s', (_how, usage, count) => {
    expect(searchesCounted(usage)).toBe(count);
  });

  it.each([{}, { num_sources_used: 0 }, { server_tool_use: null }, { server_tool_use: { web_search_requests: '3' } }])(
    'are not known from %j',
    (usage) => {
      expect(searchesCounted(usage)).toBeUndefined();
    },
  );

  it('are the items of a response that search, and not those that look at what was found', () => {
    const item = (action?: object) => ({ type: 'web_search_call', status: 'completed', ...(action && { action }) });
    const output = [
      item({ type: 'search', query: 'weir' }),
      item({ type: 'open_page' }),
      item({ type: 'find_in_page' }),
      item(),
      { type: 'message' },
    ];
    expect(searchItemsIn(output)).toBe(2);
  });

  it('may show only in what was found', () => {
    expect(hasSearchResults({ web_search: [{ title: 'Weir', link: 'https://example.com' }] })).toBe(true);
    expect(hasSearchResults({ web_search: [] })).toBe(false);
  });
});
