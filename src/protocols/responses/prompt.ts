import { type JsonRecord, asList, asRecord, isSet, recordsIn } from '../json/json-value.ts';
import { type Prompt, PromptFindings, renderedBytes } from '../prompt.ts';
import { clientTools } from '../chat/parameters.ts';
import { itemFields, responsesParameters, responsesPartKinds, textItems } from './parameters.ts';
import { type InputItem, type ResponsesCall, inputItems, itemType } from './request.ts';
import { isRunByClient, toolSearch } from './tool-search.ts';

export function measureResponsesPrompt(call: ResponsesCall): Prompt {
  const { request } = call;
  const findings = new Findings(call, responsesParameters);
  const { mode } = request.reasoning ?? {};
  // Nobody says whether all that it generates in another mode is within the output cap.
  if (isSet(mode) && mode !== 'standard') findings.note('reasoning.mode', 'reasoning.mode');
  findings.visitTools(request.tools ?? [], 'tools');
  inputItems(request).forEach((item, index) => {
    const tools = findings.visitItem(item, `input[${index}]`);
    if (tools === undefined) return;
    const written = JSON.stringify(tools);
    // These are written anew as those of `tools` are, of which the body is no measure.
    findings.textBytes += renderedBytes(written, written.length, false);
  });
  return findings.prompt(findings.usesTools);
}

class Findings extends PromptFindings {
  usesTools = false;

  /** Answers the tools that an item brings along, if any. */
  visitItem(item: InputItem, param: string): readonly JsonRecord[] | undefined {
    const type = itemType(item);
    if (!textItems.has(type)) {
      this.note(`input.${type}`, `${param}.type`);
      return undefined;
    }
    for (const name in item) {
      if (!itemFields.has(name) && item[name] !== null) {
        this.note(`input.${name}`, `${param}.${name}`);
      }
    }
    this.#visitParts(item['content'], `${param}.content`);
    // What a shell has written is in parts that have no type.
    if (type !== 'shell_call_output') this.#visitParts(item['output'], `${param}.output`);
    const tools = recordsIn(item['tools']);
    if (tools.length === 0) return undefined;
    this.visitTools(tools, `${param}.tools`);
    return tools;
  }

  visitTools(tools: readonly JsonRecord[], param: string): void {
    if (tools.length > 0) this.usesTools = true;
    tools.forEach((tool, index) => {
      const { type } = tool;
      const place = `${param}[${index}]`;
      this.noteMisreadable(tool, 'tools', place);
      if (type === 'namespace') {
        this.visitTools(recordsIn(tool['tools']), `${place}.tools`);
      } else if ((typeof type !== 'string' || !clientTools.has(type)) && !isSearchOfClient(tool)) {
        // Run by the provider for a fee, or told to the model in words that are nowhere in the request.
        this.note(`tools.${String(type)}`, `${place}.type`);
      }
    });
  }

  #visitParts(content: unknown, param: string): void {
    asList(content).forEach((value, index) => {
      const part = asRecord(value) ?? {};
      const place = `${param}[${index}]`;
      this.noteMisreadable(part, 'content', place);
      const type = String(part['type']);
      const kind = responsesPartKinds.get(type);
      if (kind === 'text') return;
      if (kind === undefined) {
        this.note(`content.${type}`, `${place}.type`);
        return;
      }
      this.addMedia(kind, `${place}.type`, sourceLength(part));
    });
  }
}

/** What it finds comes with the input, and not from the server. */
function isSearchOfClient(tool: JsonRecord): boolean {
  return tool['type'] === toolSearch && isRunByClient(tool);
}

/** The length of an image's URL. What it is in the body is never shorter. */
function sourceLength({ image_url: url }: JsonRecord): number {
  return typeof url === 'string' ? url.length : 0;
}
