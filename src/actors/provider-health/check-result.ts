import type { Outcome } from '../../core/breaker/breaker.ts';

/** The result of checking an endpoint. Nothing of its answer is kept. */
export type CheckResult =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'late' }
  | { readonly kind: 'unreachable' };

/**
 * Only 2xx says that an endpoint is well. A 401, 403 or 429 is about the credential, a redirect or another 4xx about
 * the path of the check: such an answer neither brings the endpoint back nor counts against it.
 */
export function outcomeOfCheck(result: CheckResult): Outcome {
  if (result.kind !== 'answered' || result.status >= 500) return 'failure';
  return result.status >= 200 && result.status < 300 ? 'success' : 'neutral';
}

/** In words that follow the name of the endpoint. */
export function describeCheck(result: CheckResult): string {
  switch (result.kind) {
    case 'answered':
      return `answered ${result.status}`;
    case 'late':
      return 'did not answer in time';
    case 'unreachable':
      return 'could not be reached';
  }
}
