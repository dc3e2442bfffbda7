import type { Candidate } from '../../catalog/resolve.ts';
import type { Provider } from '../../catalog/schema.ts';
import type { Endpoint } from '../ledger/limit.ts';
import type { WireName } from '../../protocols/wire-call.ts';
import { wireOf } from './wire-of.ts';

/**
 * In which protocol a candidate is asked for a call that came to `endpoint`; undefined where it can't serve such calls.
 * Of what the catalog doesn't list, its provider has to say.
 */
export function wireFor(
  endpoint: Endpoint,
  provider: Provider,
  { model, target }: Pick<Candidate, 'model' | 'target'>,
): WireName | undefined {
  if (model !== undefined && !model.endpoints.includes(endpoint)) return undefined;
  return wireOf(endpoint, provider, target);
}
