import { chatToolNameCharsMax } from '../../limits.ts';
import { type JsonRecord, asList, asRecord, asText } from '../json/json-value.ts';
import { type Drop, type Untranslatable, untranslatable } from '../protocol-call.ts';
import { isHostedTool } from './hosted-tools.ts';
import { type ResponsesRequest, inputItems, itemType } from './request.ts';
import { isRunByClient, toolSearch } from './tool-search.ts';

/** A tool of the client, as it knows it. */
export interface ToolOfClient {
  readonly kind: 'function' | 'custom' | 'search';
  readonly name: string;
  readonly namespace?: string;
}

/**
 * The client's tools as functions of a chat completion, and the way back. There are no namespaces there, so that a
 * function gets a name made of both. Nor do models other than OpenAI's know tools whose input is any text (`custom`):
 * such a tool becomes a function with one text as its argument, and its calls become again what the client expects.
 */
export class ToolNames {
  readonly #tools = new Map<string, ToolOfClient>();
  readonly #names = new Map<string, string>();
  /** How many tools have wanted a name, of those that more than one has. */
  readonly #copies = new Map<string, number>();

  /** The name in chat of a tool, which is made where there is none yet. */
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

  /** The client's tool of a name in chat. A model may call one that nobody has: the client is to say so. */
  toolOf(name: string): ToolOfClient {
    return this.#tools.get(name) ?? { kind: 'function', name };
  }
}

/** The search for tools is none of those that have names. */
function keyOf({ kind, name, namespace = '' }: ToolOfClient): string {
  return JSON.stringify(kind === 'search' ? [kind] : [namespace, name]);
}

/** Names are longer here than in a chat completion. Which tool it is says the end. */
function ending(name: string): string {
  return name.slice(-chatToolNameCharsMax);
}

function joined(namespace: string, name: string): string {
  const whole = namespace.endsWith('_') ? namespace + name : `${namespace}__${name}`;
  return ending(whole.replaceAll(/[^a-zA-Z0-9_-]/g, '_'));
}

export interface ChatTools {
  readonly tools: readonly JsonRecord[];
  readonly names: ToolNames;
}

/** The tools of a request, those that came along with its input too. */
export function chatTools(request: ResponsesRequest, drop: Drop = () => undefined): ChatTools | Untranslatable {
  const names = new ToolNames();
  const found: JsonRecord[] = [];
  const lists: (readonly [string, readonly unknown[]])[] = [['tools', request.tools ?? []]];
  inputItems(request).forEach((item, index) => {
    if (itemType(item) === 'additional_tools') lists.push([`input[${index}].tools`, asList(item['tools'])]);
  });
  for (const [param, tools] of lists) {
    const fault = addTools(tools, param, undefined, { names, found, drop });
    if (fault !== undefined) return fault;
  }
  return addFoundTools(request, { names, found, drop }) ?? { tools: found, names };
}

/** Those that a search has found, as far as they are not told of anyway. */
function addFoundTools(request: ResponsesRequest, made: Made): Untranslatable | undefined {
  for (const [index, item] of inputItems(request).entries()) {
    if (itemType(item) !== 'tool_search_output') continue;
    const fault = addTools(asList(item['tools']), `input[${index}].tools`, undefined, {
      ...made,
      isKnownSkipped: true,
    });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The names alone, for an answer to a request that could be translated. */
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
      const own: ToolOfClient = { kind: type, name, ...(namespace === undefined ? {} : { namespace }) };
      if (made.isKnownSkipped === true && names.has(own)) continue;
      const chatName = names.nameOf(own);
      found.push(type === 'function' ? functionTool(chatName, tool) : customTool(chatName, tool));
    } else if (type === toolSearch) {
      if (isRunByClient(tool)) found.push(functionTool(names.nameOf(searchTool), tool));
      // All that a server could find the model is told of.
      else drop(`tools.${type}`);
    } else if (isHostedTool(type)) {
      // What can't be chosen any more `toolUse` refuses.
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
  return {
    type: 'function',
    function: {
      name,
      ...(typeof description === 'string' ? { description } : {}),
      ...(asRecord(parameters) === undefined ? {} : { parameters }),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    },
  };
}

/** The one argument of a function that stands for a tool whose input is any text. */
export const customInput = 'input';

/** A function of one text, in place of a tool that takes any. */
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

/** What the model is to do about tools, and which of them it is offered. */
export interface ToolUse {
  readonly tools: readonly JsonRecord[];
  readonly choice: unknown;
}

/** Of tools that are forbidden for now the model isn't told: most servers know no other way to forbid them. */
export function toolUse(choice: unknown, { tools, names }: ChatTools): ToolUse | Untranslatable {
  if (choice === 'required' && tools.length === 0) {
    const message = "This model has none of these tools. Use tool_choice 'auto', or a model whose provider has them.";
    return untranslatable('tool_choice', message);
  }
  if (choice === undefined || choice === null || typeof choice === 'string')
    return { tools, choice: choice ?? undefined };
  const record = asRecord(choice) ?? {};
  const { type } = record;
  if (type === 'function' || type === 'custom') return { tools, choice: named(record, names) };
  if (type !== 'allowed_tools') {
    return untranslatable('tool_choice', `${hostedMessage(type)} It can't be chosen in 'tool_choice' either.`);
  }
  const allowed = new Set<unknown>();
  for (const value of asList(record['tools'])) {
    const tool = asRecord(value) ?? {};
    // What isn't offered needn't be allowed.
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

function named(choice: JsonRecord, names: ToolNames): JsonRecord {
  return { type: 'function', function: { name: names.nameOf(toolOfChoice(choice)) } };
}

function toolOfChoice(choice: JsonRecord): ToolOfClient {
  const namespace = asText(choice['namespace']);
  return {
    kind: choice['type'] === 'custom' ? 'custom' : 'function',
    name: asText(choice['name']) ?? '',
    ...(namespace === undefined ? {} : { namespace }),
  };
}
