import { nanoUsdPerUsd } from '../../core/money/usd.ts';
import { asRecord } from '../../protocols/json/json-value.ts';
import type { Edit } from '../../protocols/json/json-splice.ts';
import type { Bindable } from './bindable.ts';
import type { AnyCall } from '../../protocols/protocols.ts';

/** Pico-dollars a token are micro-dollars a million of them. */
const picoPerTokenUsd = 1_000_000;

/**
 * Tells OpenRouter the most that it may charge, where several hosts serve a model at their own prices: then no host is
 * asked that would cost more than the bound. A cap of the client's own stays where it is lower. The field is
 * OpenRouter's `provider.max_price`, in dollars per million tokens, a request and an image. It only lowers what is
 * charged, so that it is put in when the call has been bounded.
 */
export function priceCapEdits({ request }: AnyCall, { candidate: { model, target, price } }: Bindable): Edit[] {
  if (!target.capsPrice || price === undefined) return [];
  // The catalog lets a target cap one price only, without dates, steps or tiers.
  const [{ price: only }] = price;
  const [rates] = only.standard;
  const caps = {
    prompt: rates.input / picoPerTokenUsd,
    completion: rates.output / picoPerTokenUsd,
    request: only.request / nanoUsdPerUsd,
    image: only.image / nanoUsdPerUsd,
  };
  const preferences = asRecord(Reflect.get(request, 'provider') ?? model?.params['provider']) ?? {};
  const own = asRecord(preferences['max_price']) ?? {};
  const lowest = Object.entries(caps).map(([part, cap]) => [part, lowerOf(own[part], cap)] as const);
  const value = JSON.stringify({ ...preferences, max_price: Object.fromEntries<number>(lowest) });
  return [{ name: 'provider', value }];
}

function lowerOf(own: unknown, cap: number): number {
  const value = typeof own === 'number' || (typeof own === 'string' && own.trim() !== '') ? Number(own) : NaN;
  return value >= 0 ? Math.min(value, cap) : cap;
}
