import type { Provider } from '../../catalog/schema.ts';
import type { Bound } from '../../core/ledger/command.ts';
import { GatewayError } from '../../http/errors.ts';
import { modelTokensMax } from '../../limits.ts';
import { responsesCapLeast } from '../../protocols/responses/parameters.ts';
import type { Bindable, BoundOptions } from './bindable.ts';
import { type AnyCall, protocols } from '../../protocols/protocols.ts';

/** How much output a call may have. Pure. */

export type Cap = Pick<Bound, 'capWanted' | 'capLeast'>;

interface CallSize {
  readonly picoUsdPerCapToken: number;
  /** About how large the input is: some providers reject a cap that does not fit into the context beside it. */
  readonly inputTokensAbout: number;
}

/** A granted cap is never above this. */
export function capMost(call: AnyCall, attempt: Bindable, inputTokensAbout: number, options: BoundOptions): number {
  return Math.max(wantedOf(call, attempt, inputTokensAbout, options), leastOf(call, attempt.provider));
}

function wantedOf(
  call: AnyCall,
  { candidate: { model } }: Bindable,
  inputTokensAbout: number,
  { isLimited: limited, maxTokens = Infinity }: BoundOptions,
): number {
  const own = ownCap(call)?.value;
  const ownValue = own !== undefined && isCount(own, modelTokensMax) ? own : undefined;
  const most = model?.maxOutputTokens ?? defaultOutputTokensWhereUnknown;
  const preset = limited || maxTokens === Infinity ? (model?.defaultOutputTokens ?? most) : most;
  const room = (model?.contextTokens ?? Infinity) - inputTokensAbout;
  return Math.min(ownValue ?? Math.min(preset, Math.max(room, roomLeast)), maxTokens);
}

function leastOf({ protocol }: AnyCall, provider: Provider): number {
  const ofServer = provider.kind === 'openai' ? provider.quirks.minOutput : 1;
  return protocol === 'responses' ? Math.max(ofServer, responsesCapLeast) : ofServer;
}

/**
 * The wanted output cap, and the least that is of use. If the client set no cap, or accepts a lower one, anything from
 * the server's own least is of use: a floor of ours would refuse what fits.
 */
export function capOf(
  call: AnyCall,
  attempt: Bindable,
  { picoUsdPerCapToken, inputTokensAbout }: CallSize,
  options: BoundOptions,
): Cap | GatewayError {
  const { isLimited: limited, budget } = options;
  const { modelName } = attempt.candidate;
  const own = ownCap(call);
  const isOwnUnfit = own !== undefined && !isCount(own.value, modelTokensMax);
  if (limited && isOwnUnfit) {
    const message = `'${own.name}' must be a whole number from 1 to ${modelTokensMax}.`;
    return new GatewayError('invalid_request', message, { param: own.name });
  }
  const ownValue = own === undefined || isOwnUnfit ? undefined : own.value;
  const wanted = wantedOf(call, attempt, inputTokensAbout, options);
  const payable = Math.floor(Number.MAX_SAFE_INTEGER / Math.max(picoUsdPerCapToken, 1));
  if (!limited) return exactly(Math.min(wanted, payable));

  const least = leastOf(call, attempt.provider);
  if (wanted < least) {
    const source = ownValue === wanted ? `'${own?.name}'` : "The account's 'maxTokens'";
    const message =
      `${source} is ${wanted}, and ${attempt.provider.name} accepts no output cap below ` +
      `${least} for ${modelName}. Raise it.`;
    return new GatewayError('output_cap_too_small', message, { param: own?.name });
  }
  const isStrict = (budget ?? (ownValue === undefined ? 'clamp' : 'strict')) === 'strict';
  if (!isStrict) return { capWanted: Math.max(least, Math.min(wanted, payable)), capLeast: least };
  if (wanted <= payable) return exactly(wanted);
  const name = own?.name ?? protocols[call.protocol].capNames[0] ?? '';
  const message = `${wanted} tokens of output could cost more than one request can reserve. Set a lower '${name}'.`;
  return new GatewayError('unbounded_cost', message, { param: name });
}

export function exactly(cap: number): Cap {
  return { capWanted: cap, capLeast: cap };
}

/** The prompt is only estimated and may be smaller, so this much is asked for even if the context looks full. */
const roomLeast = 8192;

/** For a target that no model of the catalog lists. */
const defaultOutputTokensWhereUnknown = 8192;

/** The cap that the client set. Of two, it is the lower one, and only that is sent on. */
export function ownCap({ protocol, request }: AnyCall): { readonly name: string; readonly value: number } | undefined {
  // Anything else there was refused when the request was read.
  const set = protocols[protocol].capNames.flatMap((name) => {
    const value: unknown = Reflect.get(request, name);
    return typeof value === 'number' ? [{ name, value }] : [];
  });
  return set.toSorted((one, other) => one.value - other.value)[0];
}

export function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
