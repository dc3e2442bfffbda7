import type { ChatRequest } from '../../chat/request.ts';
import { hasLegacyFunctions } from '../../chat/client-calls.ts';
import { customTool as textFunction } from '../../responses/tools.ts';
import { type JsonRecord, asList, asRecord, asText, isSet } from '../../json/json-value.ts';
import { type Untranslatable, untranslatable } from '../../protocol-call.ts';
import { closedSchema } from './schema.ts';

/** The tools of a chat completion, and the choice among them, in Anthropic's words. */

export interface Tools {
  readonly tools: readonly JsonRecord[];
  readonly choice: JsonRecord | undefined;
  /** Whether the model must call one. */
  readonly isForced: boolean;
}

/** @param usedNames of the tools that were called before: Anthropic wants to know of those too */
export function toolsOf(request: ChatRequest, usedNames: readonly string[]): Tools | Untranslatable {
  const tools: JsonRecord[] = [];
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const made = toolOf(tool, `tools[${index}]`);
    if ('kind' in made) return made;
    tools.push(made.tool);
  }
  for (const [index, each] of asList(request['functions']).entries()) {
    const made = functionTool(asRecord(each) ?? {}, `functions[${index}]`);
    if ('kind' in made) return made;
    tools.push(made.tool);
  }
  if (tools.length === 0) {
    const known = usedNames.map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));
    return { tools: known, choice: known.length > 0 ? { type: 'none' } : undefined, isForced: false };
  }
  const choice = choiceOf(request['tool_choice'] ?? request['function_call']);
  if ('kind' in choice) return choice;
  const isSerial = request['parallel_tool_calls'] === false || hasLegacyFunctions(request);
  const isSingle = isSerial && choice.type !== 'none';
  const { allowed } = choice;
  const parallel = isSingle ? { disable_parallel_tool_use: true } : {};
  const said = choice.type === undefined && !isSingle ? undefined : { type: choice.type ?? 'auto', ...choice.more };
  return {
    tools: allowed === undefined ? tools : tools.filter(({ name }) => allowed.includes(name)),
    choice: said === undefined ? undefined : { ...said, ...parallel },
    isForced: choice.type === 'any' || choice.type === 'tool',
  };
}

type MadeTool = { readonly tool: JsonRecord } | Untranslatable;

function toolOf(tool: JsonRecord, param: string): MadeTool {
  const { type } = tool;
  if (type === 'custom') return customTool(tool);
  if (type !== 'function') {
    const named = asText(type) ?? 'This';
    return untranslatable(`${param}.type`, `'${named}' is no tool of Anthropic's. Use a tool of type 'function'.`);
  }
  const control: unknown = tool['cache_control'];
  const made = functionTool(asRecord(tool['function']) ?? {}, `${param}.function`);
  if ('kind' in made || !isSet(control)) return made;
  return { tool: { ...made.tool, cache_control: control } };
}

/** A tool that takes any text, as a function with one argument: Anthropic has no other. */
function customTool(tool: JsonRecord): MadeTool {
  const custom = asRecord(tool['custom']) ?? {};
  const format = asRecord(custom['format']);
  const told = { description: custom['description'], format: { ...format, ...asRecord(format?.['grammar']) } };
  return functionTool(asRecord(textFunction(asText(custom['name']) ?? '', told)['function']) ?? {}, 'tools');
}

function functionTool(spec: JsonRecord, param: string): MadeTool {
  const { name, description, strict, cache_control: control } = spec;
  const parameters = asRecord(spec['parameters']) ?? {};
  const schema = parameters['type'] === 'object' ? parameters : { properties: {}, ...parameters, type: 'object' };
  const closed = strict === true ? closedSchema(schema) : undefined;
  if (strict === true && closed === undefined) {
    const remedy = "Name every property, let no schema contain itself, or leave 'strict' out.";
    return untranslatable(`${param}.parameters`, `This model can't be held to this schema. ${remedy}`);
  }
  return {
    tool: {
      name,
      ...(typeof description === 'string' && description !== '' ? { description } : {}),
      input_schema: closed ?? schema,
      ...(closed === undefined ? {} : { strict: true }),
      ...(isSet(control) ? { cache_control: control } : {}),
    },
  };
}

interface Choice {
  readonly type: 'auto' | 'any' | 'none' | 'tool' | undefined;
  readonly more?: JsonRecord;
  readonly allowed?: readonly unknown[];
}

/** The name of a tool, wherever its kind has it. */
function nameOf(record: JsonRecord): string | undefined {
  const own = asRecord(record['function']) ?? asRecord(record['custom']) ?? record;
  return asText(own['name']);
}

function choiceOf(choice: unknown): Choice | Untranslatable {
  if (!isSet(choice)) return { type: undefined };
  if (choice === 'auto' || choice === 'none') return { type: choice };
  if (choice === 'required' || choice === 'any') return { type: 'any' };
  const record = asRecord(choice) ?? {};
  const name = nameOf(record);
  if (record['type'] === 'allowed_tools') {
    const set = asRecord(record['allowed_tools']) ?? record;
    const allowed = asList(set['tools']).map((tool) => nameOf(asRecord(tool) ?? {}));
    return { type: set['mode'] === 'required' ? 'any' : 'auto', allowed };
  }
  if (name !== undefined) return { type: 'tool', more: { name } };
  const message = "Anthropic knows no such choice. Use 'auto', 'none', 'required', or the name of a function.";
  return untranslatable('tool_choice', message);
}
