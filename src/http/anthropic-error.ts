import type { GatewayError } from './errors.ts';

/** Errors as Anthropic's API writes them. */

const typeByStatus: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'invalid_request_error',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** Anthropic's word for a server that is too busy just now. */
export const overloadedType = 'overloaded_error';

/** A provider's own type is kept if clients of this API know it, next to the provider's own status. */
const ownTypes: ReadonlySet<string> = new Set([
  ...Object.values(typeByStatus),
  'api_error',
  'billing_error',
  'conflict_error',
  'request_too_large',
]);

/**
 * As `GatewayError.status`, but with Anthropic's status for an overload: where nobody can serve the call just now, and
 * where a provider says that it is overloaded.
 */
export function anthropicStatus({ code, options, status }: GatewayError): number {
  if (options.status !== undefined) return options.status;
  return code === 'provider_unavailable' || options.providerType === overloadedType ? 529 : status;
}

/** The body of an error on Anthropic's endpoints, and the data of an `error` event in their streams. */
export function anthropicErrorBody(error: GatewayError, requestId: string): Record<string, unknown> {
  const { param, limit, providerType, providerCode, unsupported } = error.options;
  const byStatus = typeByStatus[anthropicStatus(error)];
  return {
    type: 'error',
    error: {
      type: isOwn(providerType, byStatus) ? providerType : (byStatus ?? 'api_error'),
      message: messageOf(error),
      details: {
        error_code: providerCode ?? error.code,
        ...(param === undefined ? {} : { param }),
        ...(unsupported === undefined ? {} : { unsupported }),
        ...(limit === undefined ? {} : { limit }),
      },
    },
    request_id: requestId,
  };
}

/** Coding agents shorten a conversation only when they read Anthropic's own words for it. */
function messageOf({ code, message, options: { providerCode = code } }: GatewayError): string {
  if (providerCode !== 'context_length_exceeded' || tooLong.test(message)) return message;
  return `prompt is too long: ${message}`;
}

const tooLong = /prompt is too long/i;

/** OpenAI calls nearly every 4xx an invalid request, where Anthropic has a type for each status. */
function isOwn(type: string | undefined, byStatus: string | undefined): type is string {
  return type !== undefined && ownTypes.has(type) && (type !== typeByStatus[400] || byStatus === undefined);
}
