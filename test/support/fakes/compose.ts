import { type FakeBill, type FakeScript, refuse } from './fake.ts';
import type { Json } from './json.ts';
import type { ComposedCall, OfferedTool } from './play.ts';
import { schemaInstance } from './schema-instance.ts';
import { countTokens, measuredTokens, tokensIn } from './tokens.ts';

/** What a request asks for, in whatever protocol it came. */
export interface Asked {
  readonly model: string;
  /** All input, in order. Its tokens are billed. */
  readonly prompt: readonly string[];
  /** What the user said last. */
  readonly lastText: string;
  /** What a tool answered, where that is the last word. */
  readonly toolResult: string | undefined;
  readonly tools: readonly OfferedTool[];
  /** A tool that must be used; `any` for whichever. */
  readonly forced: string | undefined;
  /** What the answer must be an instance of; `any` for whatever is JSON. */
  readonly schema: unknown;
  readonly cap: number;
  /** Whether it is to reason first. */
  readonly reasons: boolean;
  readonly stops: readonly string[];
}

export interface Said {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ComposedCall[];
  readonly finish: 'stop' | 'length' | 'tool';
  readonly stoppedBy: string | undefined;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

const thought = 'The user wants an answer, so one is given.';
/** The tokens that say who speaks: fewer than the bytes that JSON needs for that. */
const tokensPerPart = 3;

/**
 * The prompt decides the answer. `fail:429` fails with that status. `use the tool NAME` calls an offered tool, once for
 * each time that the prompt says so. `say exactly: WORDS` says the words. Any other prompt is repeated.
 */
export function compose(asked: Asked, { text: script, play, ignoresCap = false }: FakeScript = {}): Said {
  const failing = /\bfail:(\d{3})\b/.exec(asked.lastText)?.[1];
  if (failing !== undefined && asked.toolResult === undefined) refuse(Number(failing), `asked to fail with ${failing}`);
  const reasoning = asked.reasons ? thought : '';
  const reasoningTokens = Math.min(asked.cap, countTokens(reasoning));
  const left = ignoresCap ? Infinity : asked.cap - reasoningTokens;
  const calls = callsOf(asked, script, play);
  const callTokens = calls.reduce((sum, call) => sum + countTokens(call.name + JSON.stringify(call.args)), 0);
  if (calls.length > 0 && callTokens <= left) {
    const outputTokens = reasoningTokens + callTokens;
    return { ...justText(''), reasoning, calls, finish: 'tool', outputTokens, reasoningTokens };
  }
  const whole = script ?? textFor(asked);
  const stop = asked.stops.find((each) => whole.includes(each));
  const wanted = stop === undefined ? whole : whole.slice(0, whole.indexOf(stop));
  const tokens = tokensIn(wanted);
  const text = tokens.slice(0, left).join('');
  return {
    ...justText(text),
    reasoning,
    finish: tokens.length > left ? 'length' : 'stop',
    stoppedBy: tokens.length > left ? undefined : stop,
    outputTokens: reasoningTokens + Math.min(left, tokens.length),
    reasoningTokens,
  };
}

/** Says a text and nothing else. */
export function justText(text: string): Said {
  return {
    reasoning: '',
    text,
    calls: [],
    finish: 'stop',
    stoppedBy: undefined,
    outputTokens: countTokens(text),
    reasoningTokens: 0,
  };
}

export function inputTokens(parts: readonly string[], { bytesPerToken }: FakeScript = {}): number {
  return parts.reduce((sum, part) => sum + tokensPerPart + measuredTokens(part, bytesPerToken), 0);
}

export function billOf(
  asked: Asked,
  said: Said,
  cached: { readonly read: number; readonly written: number },
  script: FakeScript,
): FakeBill {
  const input = inputTokens(asked.prompt, script);
  return {
    inputTokens: input,
    cachedTokens: Math.min(input, cached.read),
    cacheWriteTokens: Math.min(input - Math.min(input, cached.read), cached.written),
    outputTokens: said.outputTokens,
    reasoningTokens: said.reasoningTokens,
  };
}

function callsOf(asked: Asked, script: string | undefined, play: FakeScript['play']): Said['calls'] {
  if (play !== undefined && asked.forced === undefined) return play.next(asked.tools);
  return script === undefined ? callsFor(asked) : [];
}

function callsFor({ lastText, toolResult, tools, forced }: Asked): Said['calls'] {
  const named = [...lastText.matchAll(/\buse the tool ([\w-]+)/gi)].map(([, name]) => name);
  const wanted = forced === undefined ? named : [forced === 'any' ? (named[0] ?? tools[0]?.name) : forced];
  // A model that has the result of its tool answers.
  if (toolResult !== undefined && forced === undefined) return [];
  return wanted.flatMap((name) => {
    const tool = tools.find((each) => each.name === name);
    return tool === undefined ? [] : [{ name: tool.name, args: schemaInstance(tool.schema) }];
  });
}

function textFor({ lastText, toolResult, schema }: Asked): string {
  if (schema !== undefined) return JSON.stringify(schema === 'any' ? { ok: true } : schemaInstance(schema));
  if (toolResult !== undefined) return `The tool said: ${toolResult}`;
  return /say exactly: (.*)/s.exec(lastText)?.[1] ?? `I heard: ${lastText}`;
}

/** A part of a prompt that may be absent. */
export function partOf(value: unknown): readonly string[] {
  const text = textsIn(value);
  return text === '' ? [] : [text];
}

/** What a message holds, without who speaks. */
export function contentIn(message: Json): string {
  const { role: _, ...content } = message;
  return textsIn(content);
}

/** All text in a value, without the names of its fields. */
export function textsIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textsIn).join('\n');
  if (typeof value !== 'object' || value === null) return '';
  const record = value as Json;
  const { type, text, ...rest } = record;
  if (typeof text === 'string') return text;
  // An image is no text, and counts as one word.
  if (type === 'image_url' || type === 'image' || type === 'input_image') return 'image';
  return Object.values(rest).map(textsIn).join('\n');
}
