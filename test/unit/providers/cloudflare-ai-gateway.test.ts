import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gatewayMetadataCharsMax } from '../../../src/limits.ts';
import { type GatewayCall, encodeGatewayCall } from '../../../src/providers/cloudflare-ai-gateway.ts';
import { candidates, catalog } from '../../support/chat.ts';
import { onlyPrice } from '../../support/price.ts';

const call: GatewayCall = {
  protocol: 'chat',
  accountId: 'acc1',
  gatewayId: 'team gateway',
  token: 'gateway-token',
  credential: 'provider-key',
  forwarded: { query: '?x=1', headers: { traceparent: '00-1-2-03' } },
  about: { requestId: 'req_1', userId: 'u_1', organizationId: 'acme', endUser: undefined, price: undefined },
};
const headersOf = (more: Partial<GatewayCall> = {}) => encodeGatewayCall({ ...call, ...more }).headers;
const priceOf = (name: string, at = 0) => onlyPrice(candidates(catalog, name)[at]?.candidate.price);

describe("a call through Cloudflare's AI Gateway", () => {
  test('goes to its OpenAI-compatible endpoint', () => {
    const base = 'https://gateway.ai.cloudflare.com/v1/acc1/team%20gateway/compat';
    expect(encodeGatewayCall(call).url).toBe(`${base}/chat/completions?x=1`);
    expect(encodeGatewayCall({ ...call, protocol: 'embeddings' }).url).toBe(`${base}/embeddings?x=1`);
  });

  test('has two credentials, one for each of the two, and what goes on of the client’s', () => {
    expect(headersOf()).toEqual({
      'content-type': 'application/json',
      'user-agent': 'weir',
      traceparent: '00-1-2-03',
      'cf-aig-authorization': 'Bearer gateway-token',
      authorization: 'Bearer provider-key',
      'cf-aig-metadata': '{"request_id":"req_1","user":"u_1","organization":"acme"}',
      'cf-aig-max-attempts': '1',
    });
  });

  test('has none where the gateway has them stored, and lets anybody in', () => {
    const headers = headersOf({ token: undefined, credential: undefined });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cf-aig-authorization');
  });

  test('is asked once: what each time costs is in no bound', () => {
    expect(headersOf()['cf-aig-max-attempts']).toBe('1');
  });

  test('says who it is for, in ASCII and in at most five entries, whatever they are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (endUser, userId) => {
        const text = headersOf({ about: { ...call.about, endUser, userId } })['cf-aig-metadata'] ?? '';
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        const entries = JSON.parse(text) as Record<string, string>;
        expect(Object.keys(entries)).toHaveLength(4);
        expect(entries['end_user']).toBe(endUser.slice(0, gatewayMetadataCharsMax));
      }),
    );
  });

  test('says it at no more than such length', () => {
    const longest = 'u'.repeat(gatewayMetadataCharsMax);
    const userOf = (userId: string) =>
      JSON.parse(headersOf({ about: { ...call.about, userId } })['cf-aig-metadata'] ?? '') as { user: string };
    expect(userOf(longest).user).toBe(longest);
    expect(userOf(`${longest}v`).user).toBe(longest);
  });

  test.each([
    ['plain', '{"per_token_in":0.000001,"per_token_out":0.000002}'],
    ['both', '{"per_token_in":0.000003,"per_token_out":0.000005}'],
    ['free', '{"per_token_in":0,"per_token_out":0}'],
  ])('says what a token of %s costs', (name, cost) => {
    const price = priceOf(name, name === 'both' ? 1 : 0);
    expect(headersOf({ about: { ...call.about, price } })['cf-aig-custom-cost']).toBe(cost);
  });

  test('leaves the cost of an unpriced model to the gateway', () => {
    expect(headersOf()).not.toHaveProperty('cf-aig-custom-cost');
  });
});
