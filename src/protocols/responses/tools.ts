import { chatToolNameCharsMax } from '../../limits.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import { present } from '../json/present.ts';
import { type Drop, type Untranslatable, untranslatable } from '../protocol-call.ts';
import { isHostedTool } from './hosted-tools.ts';
import { type ResponsesRequest, inputItems, itemType } from './request.ts';
import { isRunByClient, toolSearch } from './tool-search.ts';

/** A tool as the client knows it. */
export interface ToolOfClient {
  readonly kind: 'function' | 'custom' | 'search';
  readonly name: string;
  readonly namespace?: string;
}

/**
 * Names the client's tools as functions of a chat completion, and finds them again. Chat completions have no namespace,
 * so a function is named after its namespace and its name. Only OpenAI's models know tools whose input is any
 * text (`custom`): such a tool becomes a function with one text as its argument, and its calls are turned back.
 */
export class ToolNames {
  readonly #tools = new Map<string, ToolOfClient>();
  readonly #names = new Map<string, string>();
  /** How many tools have wanted the same name, where it was more than one. */
  readonly #copies = new Map<string, number>();

  /** The name of a tool in chat; a new one if it has none yet. */
  nameOf(tool: ToolOfClient): string {
    const key = keyOf(tool);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const wanted = tool.namespace === undefined ? ending(tool.name) : joined(tool.namespace, tool.name);
    let name = wanted;
    let copy = this.#copies.get(wanted) ?? 1;
    while (this.#tools.has(name)) {
      copy += 1;
      const mark = `_${copy}`;
      name = wanted.slice(0, chatToolNameCharsMax - mark.length) + mark;
    }
    if (copy > 1) this.#copies.set(wanted, copy);
    this.#names.set(key, name);
    this.#tools.set(name, tool);
    return name;
  }

  has(tool: ToolOfClient): boolean {
    return this.#names.has(keyOf(tool));
  }

  /** The client's tool of a name in chat. A model may call an unknown one: the client will say so. */
  toolOf(name: string): ToolOfClient {
    return this.#tools.get(name) ?? { kind: 'function', name };
  }
}

/** There is one search for tools, and its name may be a function's too. */
function keyOf({ kind, name, namespace = '' }: ToolOfClient): string {
  return JSON.stringify(kind === 'search' ? [kind] : [namespace, name]);
}

/** Names may be longer than a chat completion allows. The end tells tools apart. */
function ending(name: string): string {
  return name.slice(-chatToolNameCharsMax);
}

function joined(namespace: string, name: string): string {
  const whole = namespace.endsWith('_') ? namespace + name : `${namespace}__${name}`;
  return ending(whole.replaceAll(/[^a-zA-Z0-9_-]/g, '_'));
}

interface ChatTools {
  readonly tools: readonly JsonRecord[];
  readonly names: ToolNames;
}

/** The tools of a request, with those that its input brings along. */
export function chatTools(request: ResponsesRequest, drop: Drop = () => undefined): ChatTools | Untranslatable {
  const made: Made = { names: new ToolNames(), found: [], drop };
  const fault =
    addTools(request.tools ?? [], 'tools', undefined, made) ??
    addToolsOfItems(request, 'additional_tools', made) ??
    // A search may find tools that were told of anyway.
    addToolsOfItems(request, 'tool_search_output', { ...made, isKnownSkipped: true });
  return fault ?? { tools: made.found, names: made.names };
}

function addToolsOfItems(request: ResponsesRequest, type: string, made: Made): Untranslatable | undefined {
  for (const [index, item] of inputItems(request).entries()) {
    if (itemType(item) !== type) continue;
    const fault = addTools(asList(item['tools']), `input[${index}].tools`, undefined, made);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The names alone, for the answer to a request that was translated. */
export function toolNames(request: ResponsesRequest): ToolNames {
  const result = chatTools(request);
  return 'kind' in result ? new ToolNames() : result.names;
}

interface Made {
  readonly names: ToolNames;
  readonly found: JsonRecord[];
  readonly drop: Drop;
  readonly isKnownSkipped?: boolean;
}

function addTools(
  tools: readonly unknown[],
  param: string,
  namespace: string | undefined,
  made: Made,
): Untranslatable | undefined {
  const { names, found, drop } = made;
  for (const [index, value] of tools.entries()) {
    const tool = asRecord(value) ?? {};
    const { type } = tool;
    const place = `${param}[${index}]`;
    const name = asText(tool['name']) ?? '';
    if (type === 'namespace' && namespace === undefined) {
      const fault = addTools(asList(tool['tools']), `${place}.tools`, name, made);
      if (fault !== undefined) return fault;
    } else if (type === 'function' || type === 'custom') {
      const own: ToolOfClient = present({ kind: type, name, namespace });
      if (made.isKnownSkipped === true && names.has(own)) continue;
      const chatName = names.nameOf(own);
      found.push(type === 'function' ? functionTool(chatName, tool) : customTool(chatName, tool));
    } else if (type === toolSearch) {
      if (isRunByClient(tool)) found.push(functionTool(names.nameOf(searchTool), tool));
      // The model is told of all tools that a server could find.
      else drop(`tools.${type}`);
    } else if (isHostedTool(type)) {
      // `toolUse` refuses a choice of what is left out here.
      drop(`tools.${type}`);
    } else {
      return untranslatable(`${place}.type`, hostedMessage(type));
    }
  }
  return undefined;
}

export const searchTool: ToolOfClient = { kind: 'search', name: toolSearch };

function hostedMessage(type: unknown): string {
  return (
    `A tool of type '${String(type)}' is run by OpenAI's own servers, or known to OpenAI's own models alone. ` +
    `Turn it off in your client, or choose a model whose provider speaks the Responses API.`
  );
}

function functionTool(name: string, tool: JsonRecord): JsonRecord {
  const { description, parameters, strict } = tool;
  const fields = {
    name,
    description: asText(description),
    parameters: asRecord(parameters),
    strict: typeof strict === 'boolean' ? strict : undefined,
  };
  return { type: 'function', function: present(fields) };
}

/** The one argument of a function that stands for a `custom` tool. */
export const customInput = 'input';

/** A function of one text, in place of a `custom` tool. */
export function customTool(name: string, { description, format }: JsonRecord): JsonRecord {
  const { type, syntax, definition } = asRecord(format) ?? {};
  const rule =
    type === 'grammar' && typeof definition === 'string'
      ? `The text of '${customInput}' must follow this ${String(syntax)} grammar:\n${definition}`
      : undefined;
  const told = [description, rule].filter((each) => typeof each === 'string').join('\n\n');
  return {
    type: 'function',
    function: {
      name,
      ...(told === '' ? {} : { description: told }),
      parameters: {
        type: 'object',
        properties: { [customInput]: { type: 'string', description: 'All of the input, as plain text.' } },
        required: [customInput],
        additionalProperties: false,
      },
    },
  };
}

/** Which tools the model is offered, and what it is to do about them. */
interface ToolUse {
  readonly tools: readonly JsonRecord[];
  readonly choice: unknown;
}

/** Leaves out tools that the request forbids for now: most servers know no other way to forbid them. */
export function toolUse(choice: unknown, { tools, names }: ChatTools): ToolUse | Untranslatable {
  if (choice === 'required' && tools.length === 0) {
    const message = "This model has none of these tools. Use tool_choice 'auto', or a model whose provider has them.";
    return untranslatable('tool_choice', message);
  }
  if (choice === undefined || choice === null) return { tools, choice: undefined };
  if (typeof choice === 'string') return { tools, choice };
  const record = asRecord(choice) ?? {};
  const { type } = record;
  if (type === 'function' || type === 'custom') {
    return { tools, choice: { type: 'function', function: { name: names.nameOf(toolOfChoice(record)) } } };
  }
  if (type !== 'allowed_tools') {
    return untranslatable('tool_choice', `${hostedMessage(type)} It can't be chosen in 'tool_choice' either.`);
  }
  const allowed = new Set<unknown>();
  for (const value of asList(record['tools'])) {
    const tool = asRecord(value) ?? {};
    // A tool that isn't offered needn't be allowed.
    if (isHostedTool(tool['type']) && record['mode'] !== 'required') continue;
    if (tool['type'] !== 'function' && tool['type'] !== 'custom') {
      return untranslatable('tool_choice', hostedMessage(tool['type']));
    }
    allowed.add(names.nameOf(toolOfChoice(tool)));
  }
  return {
    tools: tools.filter((tool) => allowed.has(asRecord(tool['function'])?.['name'])),
    choice: record['mode'] === 'required' ? 'required' : 'auto',
  };
}

function toolOfChoice(choice: JsonRecord): ToolOfClient {
  const kind = choice['type'] === 'custom' ? 'custom' : 'function';
  return present({ kind, name: asText(choice['name']) ?? '', namespace: asText(choice['namespace']) });
}
