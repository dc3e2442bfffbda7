import { asList, asRecord } from '../../protocols/json/json-value.ts';
import type { MediaKind, Prompt } from '../../protocols/prompt.ts';
import type { ProtocolCall } from '../../protocols/protocol-call.ts';
import { protocols } from '../../protocols/protocols.ts';
import { Words } from '../../protocols/words.ts';

/** What a request asks of the model that is to serve it, so that no target is tried that is known not to have it. */
export interface Needs {
  /** What is put in beside text. */
  readonly media: ReadonlyMap<MediaKind, { readonly count: number; readonly param: string }>;
  /** The field that asks for tools; undefined where none does. */
  readonly tools: string | undefined;
  /** The field that asks for an answer which keeps to a JSON schema; undefined where none does. */
  readonly structuredOutput: string | undefined;
  /** What has to fit into the model's context at once. */
  readonly input: InputSize;
  /** About how many tokens will be put in altogether, to compare prices by. */
  readonly inputTokens: number;
  /** The output cap that the client set. */
  readonly outputTokens: number | undefined;
  /** Whether anything is generated, or only read. */
  readonly generates: boolean;
}

export interface InputSize {
  /** No tokenizer makes more of it. */
  readonly tokensMost: number;
  /** About as many as most tokenizers make of it. */
  readonly tokensAbout: number;
  /** As `Words` has them. Counted when they are first asked for. */
  readonly words: () => number;
}

/** For a call about which nothing is known. */
export const noNeeds: Needs = {
  media: new Map(),
  tools: undefined,
  structuredOutput: undefined,
  input: { tokensMost: 0, tokensAbout: 0, words: () => 0 },
  inputTokens: 0,
  outputTokens: undefined,
  generates: true,
};

/** @param prompt what the call puts in, as its protocol measures it */
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

/** Of most text in most languages, bytes that make one token. */
const bytesPerToken = 4;
/** What an image comes to in most models, at a middling size. */
const tokensPerImage = 1000;

function tokensAbout({ textBytes, media }: Prompt): number {
  let bytes = textBytes;
  for (const { sourceBytes } of media.values()) {
    // Where nobody can say how much of the text is a file, nobody can say how much of it is text.
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

/** The inputs of one request for embeddings are read one by one: only the longest has to fit. */
function longestInput(input: unknown): InputSize {
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? asList(input) : [input];
  // UTF-8 takes at most three bytes for a UTF-16 unit. A list is one of tokens.
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

/** Where the server was asked to leave out of the prompt what doesn't fit, all of it need not fit. */
function mayBeShortened(request: ProtocolCall['request']): boolean {
  const { truncation } = request;
  return (
    (truncation !== undefined && truncation !== null && truncation !== 'disabled') ||
    ['context_management', 'transforms', 'plugins'].some((name) => request[name] !== undefined)
  );
}

/** Where in a message there is text that is surely in the prompt as it stands. Old reasoning is often left out. */
const textFields = new Set(['content', 'text', 'arguments', 'output', 'instructions', 'input', 'system']);

function wordsOfPrompt({ protocol, request }: Pick<ProtocolCall, 'protocol' | 'request'>): number {
  // A server may put texts together without anything between them: a word may begin in one and end in the next.
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
