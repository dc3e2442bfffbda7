import { asList, asRecord } from '../../protocols/json/json-value.ts';
import type { MediaKind, Prompt } from '../../protocols/prompt.ts';
import type { ProtocolCall } from '../../protocols/protocol-call.ts';
import { protocols } from '../../protocols/protocols.ts';
import { Words } from '../../protocols/words.ts';

/** What a request needs of a model, so that no target is tried that is known to lack it. */
export interface Needs {
  /** The input beside text. */
  readonly media: ReadonlyMap<MediaKind, { readonly count: number; readonly param: string }>;
  /** The field that asks for tools, if any. */
  readonly tools: string | undefined;
  /** The field that asks for an answer that follows a JSON schema, if any. */
  readonly structuredOutput: string | undefined;
  /** What must fit into the model's context at once. */
  readonly input: InputSize;
  /** About how many tokens the input has altogether, to compare prices. */
  readonly inputTokens: number;
  /** The output cap that the client set. */
  readonly outputTokens: number | undefined;
  /** Whether the model generates anything, or only reads. */
  readonly generates: boolean;
}

interface InputSize {
  /** No tokenizer makes more tokens of it. */
  readonly tokensMost: number;
  /** Most tokenizers make about so many. */
  readonly tokensAbout: number;
  /** As `Words` counts them, at the first question. */
  readonly words: () => number;
}

/** @param prompt as the call's protocol measures it */
export function needsOf(call: Pick<ProtocolCall, 'protocol' | 'request'>, prompt: Prompt): Needs {
  const { protocol, request } = call;
  const inputTokens = tokensAbout(prompt);
  return {
    media: prompt.media,
    tools: prompt.usesTools ? toolsField(request) : undefined,
    structuredOutput: protocols[protocol].schemaField(request),
    input: protocol === 'embeddings' ? longestInput(request['input']) : wholeInput(call, prompt, inputTokens),
    inputTokens,
    outputTokens: capSet(call),
    generates: protocol !== 'embeddings',
  };
}

/** For most text in most languages. */
const bytesPerToken = 4;
/** For an image of medium size, in most models. */
const tokensPerImage = 1000;

function tokensAbout({ textBytes, media }: Prompt): number {
  let bytes = textBytes;
  for (const { sourceBytes } of media.values()) {
    // If the size of a file in the text is unknown, so is the size of the rest.
    if (sourceBytes === 0) return 0;
    bytes -= sourceBytes;
  }
  return Math.ceil(Math.max(0, bytes) / bytesPerToken) + (media.get('image')?.count ?? 0) * tokensPerImage;
}

function wholeInput(call: Pick<ProtocolCall, 'protocol' | 'request'>, prompt: Prompt, about: number): InputSize {
  const images = prompt.media.get('image')?.count ?? 0;
  const hasOnlyImages = prompt.media.size === (images > 0 ? 1 : 0);
  let words: number | undefined;
  return {
    tokensMost: hasOnlyImages && images === 0 ? prompt.textBytes : Infinity,
    tokensAbout: about,
    words: () => {
      words ??= mayBeShortened(call.request) ? 0 : wordsOfPrompt(call);
      return words;
    },
  };
}

/** A model reads the inputs of a request for embeddings one by one: only the longest must fit. */
function longestInput(input: unknown): InputSize {
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? asList(input) : [input];
  // UTF-8 takes at most three bytes for a UTF-16 unit. A list has tokens.
  const sizes = inputs.map((each) => (typeof each === 'string' ? each.length * 3 : asList(each).length));
  const tokensMost = sizes.reduce((most, size) => Math.max(most, size), 0);
  return {
    tokensMost,
    tokensAbout: 0,
    words: () => inputs.reduce<number>((most, each) => Math.max(most, typeof each === 'string' ? wordsOf(each) : 0), 0),
  };
}

function toolsField(request: ProtocolCall['request']): string {
  return asList(request['tools']).length > 0 ? 'tools' : 'functions';
}

function capSet({ protocol, request }: Pick<ProtocolCall, 'protocol' | 'request'>): number | undefined {
  const caps = protocols[protocol].capNames.map((name) => request[name]).filter((value) => typeof value === 'number');
  return caps.length === 0 ? undefined : Math.min(...caps);
}

/** The server may have been asked to shorten a prompt that doesn't fit. */
function mayBeShortened(request: ProtocolCall['request']): boolean {
  const { truncation } = request;
  return (
    (truncation !== undefined && truncation !== null && truncation !== 'disabled') ||
    ['context_management', 'transforms', 'plugins'].some((name) => request[name] !== undefined)
  );
}

/** The fields whose text is certainly in the prompt as it stands. Old reasoning is often left out. */
const textFields = new Set(['content', 'text', 'arguments', 'output', 'instructions', 'input', 'system']);

function wordsOfPrompt({ protocol, request }: Pick<ProtocolCall, 'protocol' | 'request'>): number {
  // A server may join texts directly: a word may begin in one and end in the next.
  const words = new Words();
  const { instructions, items } = protocols[protocol].conversation ?? {};
  for (const name of [instructions, items]) if (name !== undefined) addWordsIn(words, request[name], name);
  return words.count;
}

function addWordsIn(words: Words, value: unknown, name: string): void {
  if (typeof value === 'string') {
    if (textFields.has(name)) words.add(value);
  } else if (Array.isArray(value)) {
    for (const item of value) addWordsIn(words, item, name);
  } else {
    for (const [field, part] of Object.entries(asRecord(value) ?? {})) addWordsIn(words, part, field);
  }
}

function wordsOf(text: string): number {
  const words = new Words();
  words.add(text);
  return words.count;
}
