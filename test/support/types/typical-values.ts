import { sealReasoning } from '../../../src/protocols/responses/reasoning.ts';

/** What requests and answers say in fields of whose values their types say too little. */

const image = ['https://pictures.example/a.png', 'data:image/png;base64,iVBORw0KGgo='];
const pdf = [
  'data:application/pdf;base64,JVBERi0=',
  'JVBERi0=',
  'https://files.example/b.pdf',
  'data:text/plain,hello',
];
const id = ['call_1', 'call_2', 'toolu_1'];
const cap = [16, 500, 2048, 9000];
const stop = ['STOP', 'END'];
const open = { type: 'object', properties: { a: { type: 'string', minLength: 2 } } };
const closed = { ...open, required: ['a'], additionalProperties: false };
const schema = [open, closed, {}];
const sealed = sealReasoning([{ type: 'reasoning.text', text: 'Hm.', signature: 's', format: 'anthropic-claude-v1' }]);

export const typicalValues: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['model', ['m']],
  ['created', [1_790_000_000]],
  ['text', ['Hello', 'a\n\nb', '水', ' ', '']],
  ['url', image],
  ['image_url', image],
  ['file_url', ['https://files.example/b.pdf']],
  ['file_data', pdf],
  ['name', ['find', 'get_it', 'run-now']],
  ['tool_name', ['find']],
  ['id', id],
  ['call_id', id],
  ['tool_call_id', id],
  ['tool_use_id', id],
  ['arguments', ['{"a":"b"}', '{}', '', 'no JSON', '[1]']],
  ['input', [{}, { a: 1 }, 'text']],
  ['parameters', schema],
  ['schema', schema],
  ['input_schema', schema],
  ['encrypted_content', ['gAAAAABo', sealed]],
  ['signature', ['EqQBCkYI', 'weir:{"type":"reasoning.text","id":"r"}']],
  ['max_tokens', cap],
  ['max_completion_tokens', cap],
  ['max_output_tokens', cap],
  ['budget_tokens', [1024, 4000]],
  ['temperature', [0, 1, 2]],
  ['top_p', [0, 0.5, 1]],
  ['n', [1, 2]],
  ['index', [0, 1, 2]],
  ['stop', stop],
  ['stop_sequences', stop],
  ['inference_geo', ['global', 'us']],
]);

/** What many providers can't be asked for, so that a request with it goes nowhere. */
export const seldomAsked: ReadonlySet<string> = new Set([
  // Of chat completions.
  'n',
  'modalities',
  'logprobs',
  'web_search_options',
  'prediction',
  'moderation',
  'audio',
  'input_audio',
  'file_id',
  'functions',
  'function_call',
  // Of messages.
  'container',
  'container_upload',
  'mcp_servers',
  'mcp_tool_use',
  'mcp_tool_result',
  'compaction',
  'thread',
  'advisor_tool_result',
  'tool_addition',
  'tool_removal',
  'inference_geo',
  'file',
  // Of responses.
  'background',
  'previous_response_id',
  'conversation',
  'prompt',
  'context_management',
  'item_reference',
  'compaction_trigger',
  'configuration_update',
  'computer_call',
  'computer_call_output',
  'file_search_call',
  'local_shell_call',
  'local_shell_call_output',
  'shell_call',
  'shell_call_output',
  'apply_patch_call',
  'apply_patch_call_output',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'mcp_call',
  'program',
  'program_output',
  'file_search',
  'computer',
  'computer_use_preview',
  'mcp',
  'local_shell',
  'shell',
  'apply_patch',
  'programmatic_tool_calling',
]);
