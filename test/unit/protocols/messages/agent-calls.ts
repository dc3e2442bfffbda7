/** Calls as coding agents make them: every field that they send, in words of our own. */

const ephemeral = { type: 'ephemeral' } as const;

export const readTool = {
  name: 'Read',
  description: 'Reads a file.',
  input_schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { file_path: { type: 'string' }, limit: { type: 'number' } },
    required: ['file_path'],
    additionalProperties: false,
  },
};

export const bashTool = {
  name: 'Bash',
  type: 'custom',
  description: 'Runs a command.',
  input_schema: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] },
  eager_input_streaming: true,
  cache_control: ephemeral,
};

/** A turn in the middle of a task: two calls were made at once, and one of them failed. */
export const agentCall = {
  model: 'claude-sonnet-5',
  max_tokens: 32_000,
  temperature: 1,
  stream: true,
  thinking: { type: 'adaptive' },
  output_config: { effort: 'medium' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  metadata: {
    user_id: `{"device_id":"${'0f'.repeat(32)}","account_uuid":"","session_id":"6b1f0c1e-0000-4000-8000-000000000000"}`,
  },
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=3.0.1.abc; cc_entrypoint=cli; cch=1f2e3;' },
    { type: 'text', text: 'You write code in a terminal.', cache_control: ephemeral },
    {
      type: 'text',
      text: '# Environment\nThe folder is /home/ada/weir.',
      cache_control: { type: 'ephemeral', ttl: '1h' },
    },
  ],
  tools: [readTool, bashTool],
  tool_choice: { type: 'auto', disable_parallel_tool_use: false },
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: '<system-reminder>\nThe date is 2026-11-21.\n</system-reminder>' },
        { type: 'text', text: 'Why does the build fail?' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'The log first.', signature: 'RXJ6' },
        { type: 'text', text: 'I look at the log.' },
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'Read',
          input: { file_path: 'build.log' },
          caller: { type: 'direct' },
        },
        { type: 'tool_use', id: 'toolu_2', name: 'Bash', input: { command: 'npm run build' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'a line\nanother line' },
        {
          type: 'tool_result',
          tool_use_id: 'toolu_2',
          is_error: true,
          content: [{ type: 'text', text: 'exit code 2' }],
          cache_control: ephemeral,
        },
        { type: 'text', text: 'Be quick.' },
      ],
    },
  ],
};
