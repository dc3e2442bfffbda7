import type { Provider, Quirks } from '../catalog/schema.ts';
import { type Edit, cutBytes, cutsFor } from '../wire/json-splice.ts';
import type { Bindable } from './bound.ts';
import { bodyEdits } from './body-edits.ts';
import { priceCapEdits } from './price-cap.ts';
import { type AnyCall, capNamesOf } from './wires.ts';

/**
 * The body for one target, of a request in its own protocol. All that was sent stays as it was sent, to the byte, but
 * for the name of the model, the caps on output and price, the request for usage, and what the catalog adds for the
 * model.
 * @param cap the output cap that was granted; undefined where nothing is to bind but what the client itself set
 */
export function prepareBody(call: AnyCall, attempt: Bindable, cap: number | undefined): Uint8Array {
  const { target } = attempt.candidate;
  const edits: Edit[] = [];
  if (call.model !== target.model) edits.push({ name: 'model', value: JSON.stringify(target.model) });
  edits.push(...priceCapEdits(call, attempt));
  edits.push(...bodyEdits(call, cap, attempt.candidate.model, quirksOf(attempt.provider)));
  edits.push(...addedParams(call, attempt, edits));
  return cutBytes(call.body, call.text, cutsFor(call.object, edits));
}

export function quirksOf(provider: Provider): Quirks | undefined {
  return provider.kind === 'openai' || provider.kind === 'cloudflare-ai-gateway' ? provider.quirks : undefined;
}

/** What the catalog adds to requests for the model, where the client said nothing of the sort. */
function addedParams({ wire, object }: AnyCall, { candidate: { model } }: Bindable, edits: readonly Edit[]): Edit[] {
  const capNames = capNamesOf(wire);
  const said = new Set([...object.members, ...edits].map(({ name }) => name));
  const isCapped = capNames.some((name) => said.has(name));
  return Object.entries(model?.params ?? {})
    .filter(([name]) => !said.has(name) && !(isCapped && capNames.some((each) => each === name)))
    .map(([name, value]) => ({ name, value: JSON.stringify(value) }));
}
