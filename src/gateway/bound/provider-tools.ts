import { dearestRatesOf } from '../../catalog/dated-prices.ts';
import type { Price } from '../../catalog/price.ts';
import { GatewayError } from '../../http/errors.ts';
import { searchesMax } from '../../limits.ts';
import { type BodyEdit, fieldEdit, removal } from '../../protocols/json/body-edit.ts';
import { type JsonRecord, asList, asRecord, parseJson } from '../../protocols/json/json-value.ts';
import type { ProviderTool } from '../../protocols/provider-tool.ts';
import type { Bindable } from './bindable.ts';
import { quirksOf } from './body-edits.ts';
import type { EncodedCall } from './encode-call.ts';
import { editedCall } from '../request/edited-call.ts';
import type { SearchSize } from './search-bound.ts';
import { fieldOf } from './unbounded.ts';
import { type AnyCall, promptOf, providerToolsOf } from '../../protocols/protocols.ts';

/**
 * How a call with limited spending treats the tools that a provider runs itself. A tool whose uses the provider can be
 * held to stays, with a maximum in the request. Of the others the optional ones are left out, and the rest are refused
 * where the call is bounded. Pure.
 */

/** The tools that a request keeps. */
export interface KeptTools {
  /** Their names in a list of neutral parameters, and in the prompt. */
  readonly names: ReadonlySet<string>;
  /** How often each may be used, or all together if the provider has one number for all. */
  readonly uses: number;
  /** The fewest uses that the client accepts; 0 if it can do without. */
  readonly usesLeast: number;
  /** Whether the maximum is ours, or lower than the client's. */
  readonly isSet: boolean;
  readonly sizeAt: (uses: number) => SearchSize;
}

interface OfferedTools {
  readonly encoded: EncodedCall;
  readonly kept: KeptTools | undefined;
}

export interface OfferOptions {
  readonly prices: readonly Price[];
  /** The most uses; undefined until fewer were found to be needed. */
  readonly usesMax: number | undefined;
  /** Whether to keep optional tools. */
  readonly takesOptional: boolean;
  /** Whether the client wants all that it asked for, or nothing. */
  readonly isStrict: boolean;
}

export function offerTools(
  encoded: EncodedCall,
  attempt: Bindable,
  options: OfferOptions,
): OfferedTools | GatewayError {
  const { call } = encoded;
  const tools = providerToolsOf(call).filter(({ type }) => !attempt.provider.neutralParams.includes(`tools.${type}`));
  if (tools.length === 0) return { encoded, kept: undefined };
  const cap = capStyleOf(call, attempt);
  const isKept = (tool: ProviderTool): boolean =>
    cap !== undefined && isBoundable(tool, attempt, options.prices) && mayStay(tool, options);
  const kept = tools.filter(isKept);
  const left = tools.filter((tool) => !isKept(tool) && !tool.isDemanded);
  const own = cap === undefined ? [] : ownMaxima(encoded, kept, cap);
  if (own instanceof GatewayError) return own;
  const uses = cap === undefined || kept.length === 0 ? undefined : usesOf(kept, own, cap, options);
  const stuck = tools.filter((tool) => !kept.includes(tool) && !left.includes(tool));
  const edits = [...capEdits(uses, cap), ...toolEdits(call, left, uses, cap), ...choiceEdits(call, left)];
  const aside = edits.filter(({ isAside }) => isAside);
  const edited = editedCall(
    call,
    edits.filter(({ isAside }) => !isAside),
  );
  return {
    encoded: {
      call: edited,
      prompt: promptOf(edited),
      edits: [...encoded.edits.filter(({ name }) => !aside.some((each) => each.name === name)), ...aside],
      dropped: [...new Set([...encoded.dropped, ...left.map(({ type }) => `tools.${type}`)])],
    },
    kept: uses === undefined ? undefined : { ...uses, names: namesOf(kept, stuck) },
  };
}

/** A tool that nobody bounds is unknown, even if another tool of its type is bounded. */
function namesOf(kept: readonly ProviderTool[], stuck: readonly ProviderTool[]): ReadonlySet<string> {
  const types = kept.map(({ type }) => type).filter((type) => !stuck.some((tool) => tool.type === type));
  return new Set(types.map((type) => `tools.${type}`));
}

/** How often a provider may search if its client names no maximum. */
export const searchesDefault = 10;

/** How to tell a provider a maximum that it keeps to: in each tool, or once for all. */
type CapStyle = 'max_uses' | 'max_tool_calls';

function capStyleOf({ protocol }: AnyCall, { provider }: Bindable): CapStyle | undefined {
  if (protocol === 'messages') return provider.kind === 'anthropic' ? 'max_uses' : undefined;
  const isKept = protocol === 'responses' && quirksOf(provider)?.extensions.includes('max_tool_calls') === true;
  return isKept ? 'max_tool_calls' : undefined;
}

/** A search without a price may cost anything. And what it finds may fill the context, so that must be known. */
function isBoundable({ kind }: ProviderTool, { candidate }: Bindable, prices: readonly Price[]): boolean {
  if (kind === 'other' || candidate.model === undefined || prices.length === 0) return false;
  const { image } = dearestRatesOf(prices, {});
  return image === 0 && (kind === 'fetch' || prices.every(({ webSearch }) => webSearch > 0));
}

function mayStay({ isDemanded }: ProviderTool, { usesMax, takesOptional }: OfferOptions): boolean {
  return isDemanded || (takesOptional && usesMax !== 0);
}

/** How often each may be used, as the client says, or else the catalog; or why that is wrong. */
function ownMaxima(encoded: EncodedCall, kept: readonly ProviderTool[], cap: CapStyle): unknown[] | GatewayError {
  const added = encoded.edits.find(({ name }) => name === cap)?.value;
  const ofAll = added === undefined ? fieldOf(encoded.call, cap) : parseJson(added);
  const own = cap === 'max_uses' ? kept.map(({ usesMax }) => usesMax) : [ofAll];
  const wrong = kept.length === 0 ? -1 : own.findIndex((each) => each !== undefined && each !== null && !isUses(each));
  if (wrong < 0) return own;
  const param = cap === 'max_uses' ? `tools[${kept[wrong]?.index}].${cap}` : cap;
  return new GatewayError('invalid_request', `'${param}' must be a whole number of at least 1.`, { param });
}

interface Uses extends Omit<KeptTools, 'names'> {
  /** What each tool is told, in order; or the one number for all. */
  readonly maxima: readonly number[];
  readonly kept: readonly ProviderTool[];
}

function usesOf(
  kept: readonly ProviderTool[],
  own: readonly unknown[],
  cap: CapStyle,
  { usesMax = Infinity, isStrict }: OfferOptions,
): Uses {
  const asked = own.map((each) => Math.min(isUses(each) ? each : searchesDefault, searchesMax));
  const uses = Math.max(1, Math.min(Math.max(...asked), usesMax));
  const maximaAt = (all: number): number[] => asked.map((each) => Math.min(each, all));
  const maxima = maximaAt(uses);
  return {
    uses,
    usesLeast: isStrict ? uses : kept.some(({ isDemanded }) => isDemanded) ? 1 : 0,
    isSet: own.some((each, index) => each !== maxima[index]),
    // OpenAI ignores calls beyond the maximum. Unverified, 2026-11-29: that it doesn't ask the model again for them.
    // Anthropic answers a use beyond the maximum with an error, and the model goes on.
    sizeAt: (all) =>
      cap === 'max_tool_calls'
        ? { turns: all + 1, outputTurns: 1, searches: all, finds: all }
        : { turns: messagesTurnsMax, outputTurns: messagesTurnsMax, ...usesIn(kept, maximaAt(all)) },
    maxima,
    kept,
  };
}

/** A fetched page costs only its input. */
function usesIn(kept: readonly ProviderTool[], maxima: readonly number[]): Pick<SearchSize, 'searches' | 'finds'> {
  const finds = maxima.reduce((sum, each) => sum + each, 0);
  const searches = kept.reduce((sum, { kind }, index) => sum + (kind === 'search' ? (maxima[index] ?? 0) : 0), 0);
  return { searches, finds };
}

/**
 * How often Anthropic asks a model in one call, however often it may search. Then it pauses the turn, as
 * https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons has it ("The default limit is 10
 * iterations per request"), as of 2026-10. The output cap counts anew each time: a program that checks facts was seen
 * to be billed 20,215 tokens under a cap of 16,000, as of 2026-09. Unverified, 2026-11-29: with Anthropic.
 */
const messagesTurnsMax = 10;

function isUses(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function capEdits(uses: Uses | undefined, cap: CapStyle | undefined): BodyEdit[] {
  const max = cap === 'max_tool_calls' ? uses?.maxima[0] : undefined;
  return max === undefined || uses?.isSet !== true ? [] : [fieldEdit('max_tool_calls', max, true)];
}

function toolEdits(
  call: AnyCall,
  left: readonly ProviderTool[],
  uses: Uses | undefined,
  cap: CapStyle | undefined,
): BodyEdit[] {
  const gone = new Set(left.map(({ index }) => index));
  const told = new Map(cap === 'max_uses' ? uses?.kept.map(({ index }, at) => [index, uses.maxima[at]] as const) : []);
  if (gone.size === 0 && (told.size === 0 || uses?.isSet !== true)) return [];
  const offered = asList(fieldOf(call, 'tools')).flatMap((tool, index): unknown[] => {
    if (gone.has(index)) return [];
    const max = told.get(index);
    return max === undefined ? [tool] : [{ ...asRecord(tool), max_uses: max }];
  });
  return [offered.length === 0 ? removal('tools', false) : fieldEdit('tools', offered, false)];
}

/** A tool that is not offered can't be chosen, nor allowed. */
function choiceEdits(call: AnyCall, left: readonly ProviderTool[]): BodyEdit[] {
  if (left.length === 0) return [];
  if (asList(fieldOf(call, 'tools')).length === left.length) {
    const fields = call.object.members.filter(({ name }) => name === 'tool_choice' || name === 'parallel_tool_calls');
    return fields.map(({ name }) => removal(name, name !== 'tool_choice'));
  }
  const record = asRecord(fieldOf(call, 'tool_choice'));
  if (record?.['type'] !== 'allowed_tools') return [];
  return [fieldEdit('tool_choice', withoutAllowed(record, left), false)];
}

function withoutAllowed(choice: JsonRecord, left: readonly ProviderTool[]): unknown {
  const gone = new Set<unknown>(left.map(({ type }) => type));
  const allowed = asList(choice['tools']).filter((tool) => !gone.has(asRecord(tool)?.['type']));
  return allowed.length === 0 ? 'none' : { ...choice, tools: allowed };
}
