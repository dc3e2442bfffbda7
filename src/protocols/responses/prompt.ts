import { type JsonRecord, asList, asRecord, recordsIn } from '../json/json-value.ts';
import { type Prompt, PromptFindings, renderedBytes } from '../prompt.ts';
import { clientTools } from '../chat/parameters.ts';
import { itemFields, responsesParameters, responsesPartKinds, textItems } from './parameters.ts';
import { type InputItem, type ResponsesCall, inputItems, itemType } from './request.ts';
import { isRunByClient, toolSearch } from './tool-search.ts';

export function measureResponsesPrompt(call: ResponsesCall): Prompt {
  const { request } = call;
  const found = new ResponseFindings(call, responsesParameters);
  const { mode } = request.reasoning ?? {};
  if (mode !== undefined && mode !== null && mode !== 'standard') {
    // Nobody says whether the output cap covers all that another mode generates.
    found.note('reasoning.mode', 'reasoning.mode');
  }
  found.visitTools(request.tools ?? [], 'tools');
  inputItems(request).forEach((item, index) => {
    const tools = found.visitItem(item, `input[${index}]`);
    if (tools === undefined) return;
    const written = JSON.stringify(tools);
    // The server writes these tools anew, as it does those of `tools`, so that the body does not measure them.
    found.textBytes += renderedBytes(written, written.length, false);
  });
  return found.prompt(found.usesTools);
}

class ResponseFindings extends PromptFindings {
  usesTools = false;

  /** Answers the tools that an item brings along, if any. */
  visitItem(item: InputItem, param: string): readonly JsonRecord[] | undefined {
    const type = itemType(item);
    if (!textItems.has(type)) {
      this.note(`input.${type}`, `${param}.type`);
      return undefined;
    }
    this.noteOthers(item, itemFields, 'input', param);
    this.#visitParts(item['content'], `${param}.content`);
    // The parts that a shell has written have no type.
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
        // The provider runs it for a fee, or describes it to the model in words of its own.
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
      if (kind === undefined) this.note(`content.${type}`, `${place}.type`);
      else if (kind !== 'text') this.addMedia(kind, `${place}.type`, sourceLength(part));
    });
  }
}

/** The input brings what a client's search finds, and not the server. */
function isSearchOfClient(tool: JsonRecord): boolean {
  return tool['type'] === toolSearch && isRunByClient(tool);
}

/** The length of an image's URL, which is never longer than what stands for it in the body. */
function sourceLength({ image_url: url }: JsonRecord): number {
  return typeof url === 'string' ? url.length : 0;
}
