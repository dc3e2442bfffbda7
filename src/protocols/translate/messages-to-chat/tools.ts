import { chatToolNameCharsMax } from '../../../limits.ts';
import { type JsonRecord, asList, asRecord, asText } from '../../json/json-value.ts';
import type { Drop } from '../../protocol-call.ts';
import { type Note, withCache } from './content.ts';
import type { MessagesRequest } from '../../messages/request.ts';
import { isServerTool } from '../../messages/server-tools.ts';

/** Tools that the client runs, but whose parameters only Claude has learnt. */
const learntTools = /^(bash|text_editor|memory|computer|computer_toolset|browser_toolset)_\d/;
/** Looks up tools that are not shown at first. Other models are shown all tools. */
const toolSearch = /^tool_search_tool/;

export function toolFields(request: MessagesRequest, note: Note, drop: Drop): JsonRecord {
  const choice = request.tool_choice ?? {};
  const tools = (request.tools ?? []).flatMap((tool, index) => {
    const { type, name } = tool;
    if (!isServerTool(type) || (choice['type'] === 'tool' && choice['name'] === name)) {
      return toolOf(tool, `tools[${index}]`, note);
    }
    drop(`tools.${type}`);
    return [];
  });
  const isBare = tools.length === 0 && (request.tools ?? []).some(({ type }) => isServerTool(type));
  if (isBare && choice['type'] === 'any') {
    note('tool_choice', "This model has none of these tools, so that it can't be made to use one. Ask a Claude model.");
  }
  // Without tools there is nothing to choose, and servers reject a choice.
  if (tools.length === 0) return {};
  noteLongName(choice['name'], 'tool_choice.name', note);
  return { tools, ...choiceFields(choice) };
}

function toolOf(tool: JsonRecord, param: string, note: Note): JsonRecord[] {
  const { type, name, description, input_schema: parameters, strict } = tool;
  if (typeof type === 'string' && type !== 'custom') {
    if (toolSearch.test(type)) return [];
    const why = learntTools.test(type)
      ? `Only Claude models know '${type}'. Describe the tool with a name, a description and an input_schema`
      : `'${type}' is run by Anthropic alone. Leave it out, offer a tool of your own instead`;
    note(`${param}.type`, `${why}, or ask a Claude model.`);
    return [];
  }
  noteLongName(name, `${param}.name`, note);
  const described = {
    name,
    ...(typeof description === 'string' ? { description } : {}),
    parameters: parameters ?? { type: 'object', properties: {} },
    ...(strict === true && canBeStrict(parameters) ? { strict } : {}),
  };
  return [withCache({ type: 'function', function: described }, tool)];
}

/** A chat completion can't call a tool by so long a name. */
export function noteLongName(name: unknown, param: string, note: Note): void {
  if (typeof name !== 'string' || name.length <= chatToolNameCharsMax) return;
  const most = `Other providers than Anthropic take names of tools of at most ${chatToolNameCharsMax} characters`;
  note(param, `${most}. Give the tool a shorter name, or ask a Claude model.`);
}

function choiceFields({ type, name, disable_parallel_tool_use: isSerial }: JsonRecord): JsonRecord {
  return { ...chosen(type, name), ...(isSerial === true ? { parallel_tool_calls: false } : {}) };
}

function chosen(type: unknown, name: unknown): JsonRecord {
  switch (type) {
    case 'auto':
    case 'none':
      return { tool_choice: type };
    case 'any':
      return { tool_choice: 'required' };
    case 'tool':
      return { tool_choice: { type: 'function', function: { name } } };
    default:
      return {};
  }
}

/** The schema that the answer must follow. */
export function formatFields({ output_config: config, output_format: older }: MessagesRequest): JsonRecord {
  const format = asRecord(config?.['format']) ?? older ?? {};
  const schema = asRecord(format['schema']);
  if (format['type'] !== 'json_schema' || schema === undefined) return {};
  return {
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: canBeStrict(schema) } },
  };
}

/**
 * OpenAI can be strict only about schemas that require each property they name. Anthropic can be strict about others
 * too, which OpenAI would reject.
 */
function canBeStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(canBeStrict);
  const fields = asRecord(schema);
  if (fields === undefined) return true;
  const properties = asRecord(fields['properties']);
  if (properties !== undefined || asText(fields['type']) === 'object') {
    const required = new Set(asList(fields['required']));
    const isClosed = fields['additionalProperties'] === false;
    if (!isClosed || !Object.keys(properties ?? {}).every((name) => required.has(name))) return false;
  }
  return Object.values(fields).every(canBeStrict);
}
