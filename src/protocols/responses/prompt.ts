import { type JsonRecord, asList, asRecord, recordsIn } from '../json/json-value.ts';
import { type Media, type MediaKind, type Prompt, type Unknown, renderedBytes } from '../prompt.ts';
import { clientTools } from '../chat/parameters.ts';
import { itemFields, responsesParameters, responsesPartKinds, textItems } from './parameters.ts';
import { type InputItem, type ResponsesCall, inputItems, itemType } from './request.ts';
import { isRunByClient, toolSearch } from './tool-search.ts';

export function measureResponsesPrompt(call: ResponsesCall): Prompt {
  const { object, text, body, request } = call;
  const findings = new Findings();
  // All bytes of a character beyond its first are counted, wherever in the body they are.
  const bytesBeyond = body.length - text.length;
  let textBytes = bytesBeyond;
  for (const { name, valueStart, valueEnd, nodes } of object.members) {
    const effect = responsesParameters.get(name);
    if (effect === 'prompt') textBytes += valueEnd - valueStart;
    if (effect === 'rendered') textBytes += renderedBytes(text.slice(valueStart, valueEnd), nodes, bytesBeyond === 0);
    if (effect === undefined) findings.note({ name, param: name });
  }
  const { mode } = request.reasoning ?? {};
  if (mode !== undefined && mode !== null && mode !== 'standard') {
    // Nobody says whether all that it generates in another mode is within the output cap.
    findings.note({ name: 'reasoning.mode', param: 'reasoning.mode' });
  }
  findings.visitTools(request.tools ?? [], 'tools');
  inputItems(request).forEach((item, index) => {
    const tools = findings.visitItem(item, `input[${index}]`);
    if (tools === undefined) return;
    const written = JSON.stringify(tools);
    // These are written anew as those of `tools` are, of which the body is no measure.
    textBytes += renderedBytes(written, written.length, false);
  });
  return {
    textBytes,
    usesTools: findings.usesTools,
    media: findings.media,
    unknown: [...findings.unknown.values()],
  };
}

class Findings {
  readonly unknown = new Map<string, Unknown>();
  readonly media = new Map<MediaKind, Media>();
  usesTools = false;

  note(found: Unknown): void {
    if (!this.unknown.has(found.name)) this.unknown.set(found.name, found);
  }

  /** Answers the tools that an item brings along, if any. */
  visitItem(item: InputItem, param: string): readonly JsonRecord[] | undefined {
    const type = itemType(item);
    if (!textItems.has(type)) {
      this.note({ name: `input.${type}`, param: `${param}.type` });
      return undefined;
    }
    for (const name in item) {
      if (!itemFields.has(name) && item[name] !== null) {
        this.note({ name: `input.${name}`, param: `${param}.${name}` });
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
      this.#noteMisreadable(tool, 'tools', place);
      if (type === 'namespace') {
        this.visitTools(recordsIn(tool['tools']), `${place}.tools`);
      } else if ((typeof type !== 'string' || !clientTools.has(type)) && !isSearchOfClient(tool)) {
        // Run by the provider for a fee, or told to the model in words that are nowhere in the request.
        this.note({ name: `tools.${String(type)}`, param: `${place}.type` });
      }
    });
  }

  #visitParts(content: unknown, param: string): void {
    asList(content).forEach((value, index) => {
      const part = asRecord(value) ?? {};
      const place = `${param}[${index}]`;
      this.#noteMisreadable(part, 'content', place);
      const type = String(part['type']);
      const kind = responsesPartKinds.get(type);
      if (kind === 'text') return;
      if (kind === undefined) {
        this.note({ name: `content.${type}`, param: `${place}.type` });
        return;
      }
      const known = this.media.get(kind);
      this.media.set(kind, {
        count: (known?.count ?? 0) + 1,
        param: known?.param ?? `${place}.type`,
        sourceBytes: (known?.sourceBytes ?? 0) + sourceLength(part),
      });
    });
  }

  /** What V8 makes of an escaped name that it misreads always has a backslash in it. See `parseBody`. */
  #noteMisreadable(fields: JsonRecord, name: string, param: string): void {
    for (const field in fields) {
      if (field.includes('\\')) this.note({ name: `${name}.${field}`, param: `${param}.${field}` });
    }
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
