import type { Price } from '../catalog/price.ts';
import { gatewayMetadataCharsMax } from '../limits.ts';
import type { ProtocolName } from '../protocols/protocol-call.ts';
import type { Forwarded } from './forwarded.ts';
import { type EncodedCall, headersWith } from './openai.ts';

/**
 * Cloudflare's AI Gateway, through the endpoint that speaks OpenAI's protocol for all providers behind it. A target
 * names its provider and model as that endpoint does: `openai/gpt-5-mini`, `anthropic/claude-sonnet-4-5`,
 * `google-ai-studio/gemini-2.5-flash`, `workers-ai/@cf/meta/llama-3.3-70b-instruct-fp8-fast`, or `dynamic/` and the
 * name of a route that was made there. https://developers.cloudflare.com/ai-gateway/usage/chat-completion/
 */

export interface GatewayCall {
  readonly protocol: ProtocolName;
  readonly accountId: string;
  readonly gatewayId: string;
  /** For the gateway itself. Undefined if it lets anybody in. */
  readonly token: string | undefined;
  /** For the provider behind it. Undefined if the gateway stores the credential. */
  readonly credential: string | undefined;
  readonly forwarded: Forwarded;
  readonly about: CallAbout;
}

/** What other services are told of a call. */
export interface CallAbout {
  readonly requestId: string;
  readonly userId: string | undefined;
  readonly organizationId: string | undefined;
  /** The client's name for the user that it serves. */
  readonly endUser: string | undefined;
  readonly price: Price | undefined;
}

const origin = 'https://gateway.ai.cloudflare.com/v1';

export function encodeGatewayCall(call: GatewayCall): EncodedCall {
  const { accountId, gatewayId, token, credential, about, forwarded } = call;
  const headers: Record<string, string> = {
    ...headersWith(forwarded),
    'cf-aig-metadata': gatewayMetadata(about),
    // If it asked its provider again by itself, the cost would be in no bound.
    'cf-aig-max-attempts': '1',
  };
  if (token !== undefined) headers['cf-aig-authorization'] = `Bearer ${token}`;
  if (credential !== undefined) headers['authorization'] = `Bearer ${credential}`;
  if (about.price !== undefined) headers['cf-aig-custom-cost'] = customCost(about.price);
  const path = call.protocol === 'embeddings' ? '/embeddings' : '/chat/completions';
  const gateway = `${encodeURIComponent(accountId)}/${encodeURIComponent(gatewayId)}`;
  return { url: `${origin}/${gateway}/compat${path}${forwarded.query}`, headers };
}

/** Cloudflare keeps at most five entries: texts, numbers and flags. A header holds ASCII only. */
function gatewayMetadata({ requestId, userId, organizationId, endUser }: CallAbout): string {
  const entries = Object.entries({
    request_id: requestId,
    user: userId,
    organization: organizationId,
    end_user: endUser,
  }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.slice(0, gatewayMetadataCharsMax)] as const],
  );
  return JSON.stringify(Object.fromEntries(entries)).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The gateway counts costs with one price for input and one for output, decimals of any length. Most tokens cost that.
 */
function customCost({ standard: [rates] }: Price): string {
  return `{"per_token_in":${usdPerToken(rates.input)},"per_token_out":${usdPerToken(rates.output)}}`;
}

const picoDigits = 12;

function usdPerToken(picoUsd: number): string {
  const digits = String(picoUsd).padStart(picoDigits + 1, '0');
  const fraction = digits.slice(-picoDigits).replace(/0+$/, '');
  return digits.slice(0, -picoDigits) + (fraction === '' ? '' : `.${fraction}`);
}
