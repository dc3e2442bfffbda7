/** What a test sets up and looks up in a gateway, by the same endpoints as anybody. */

import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import type { Endpoint } from './tally.ts';

export interface LimitSetting {
  readonly metric: 'requests' | 'tokens' | 'usd' | 'concurrency' | 'streams';
  readonly per?: string;
  readonly max: number | string;
  readonly endpoint?: Endpoint;
}

const amount = v.union([v.string(), v.number()]);

const endpoint = v.picklist(['chat', 'responses', 'messages', 'embeddings']);

const usageAnswer = v.object({
  limits: v.array(
    v.object({ metric: v.string(), endpoint: v.optional(endpoint), max: amount, posted: amount, held: amount }),
  ),
  spend: v.object({ total_usd: v.string() }),
  by_model: v.array(v.object({ requests: v.number(), cost_usd: v.string() })),
});

/** The part of `GET /v1/usage` that is checked. Money is decimal text, counts are numbers. */
export type UsageAnswer = v.InferOutput<typeof usageAnswer>;

const recordAnswer = v.object({ cost_usd: v.string(), held_usd: v.string(), breach: v.boolean() });

/** The part of `GET /v1/requests/{id}` that is checked. */
type RecordAnswer = v.InferOutput<typeof recordAnswer>;

const apiKey = v.object({ id: v.string(), key: v.string() });
export type ApiKey = v.InferOutput<typeof apiKey>;

const accountUsage = v.object({
  limits: v.array(v.object({ metric: v.string(), posted: amount, held: amount })),
  spend: v.object({ totalUsd: v.string() }),
});

/** The part of an organisation's or a user's usage that is checked. */
export type AccountUsage = v.InferOutput<typeof accountUsage>;

const created = v.object({ id: v.string() });
const catalogAnswer = v.looseObject({ providers: v.looseObject({}), models: v.looseObject({}) });
const modelsAnswer = v.object({ data: v.array(v.object({ id: v.string() })) });

/** The variable that holds the fake provider's key, and its value. */
export const secretName = 'FAKE_PROVIDER_API_KEY';
export const secretValue = 'fake-provider-key';

const attemptsMax = 5;
const repeatMs = 500;

interface Sent {
  readonly status: number;
  readonly text: string;
}

export class AdminClient {
  readonly url: URL;
  private readonly adminKey: string;

  constructor(url: URL, adminKey: string) {
    this.url = url;
    this.adminKey = adminKey;
  }

  /** A new organisation with one above it. Answers the ids of both. */
  async createOrganizations(
    name: string,
    limits: readonly LimitSetting[] = [],
  ): Promise<readonly [below: string, above: string]> {
    const make = async (body: object): Promise<string> =>
      (await this.call(created, 'POST', '/admin/organizations', this.adminKey, body)).id;
    const above = await make({ name: `${name}-${crypto.randomUUID()}` });
    return [await make({ name, parent: above, policy: { limits } }), above];
  }

  /** Has a key's account tell those above it what it owes, now and not a little later. */
  async tellAbove({ id }: ApiKey): Promise<void> {
    await this.call(v.unknown(), 'GET', `/admin/api-keys/${id}/usage`, this.adminKey);
  }

  /** What an organisation has spent, in decimal dollars. */
  async spentBy(organization: string): Promise<string> {
    return (await this.organizationUsage(organization)).spend.totalUsd;
  }

  organizationUsage(organization: string): Promise<AccountUsage> {
    return this.call(accountUsage, 'GET', `/admin/organizations/${organization}/usage`, this.adminKey);
  }

  userUsage(user: string): Promise<AccountUsage> {
    return this.call(accountUsage, 'GET', `/admin/users/${user}/usage`, this.adminKey);
  }

  async createUser(name: string, organization: string, limits: readonly LimitSetting[]): Promise<string> {
    const user = { externalId: name, organization, policy: { limits } };
    return (await this.call(created, 'POST', '/admin/users', this.adminKey, user)).id;
  }

  createKeyOf(user: string, name: string, limits: readonly LimitSetting[]): Promise<ApiKey> {
    return this.call(apiKey, 'POST', `/admin/users/${user}/api-keys`, this.adminKey, { name, limits });
  }

  /** `policy` is any other field of a policy. The key's user belongs to the organisation, if one is given. */
  async createKey(
    name: string,
    limits: readonly LimitSetting[],
    policy: object = {},
    organization?: string,
  ): Promise<ApiKey> {
    const email = `${name}-${crypto.randomUUID()}@load.local`;
    const owner = organization === undefined ? { email } : { email, organization };
    const user = await this.call(created, 'POST', '/admin/users', this.adminKey, owner);
    return this.call(apiKey, 'POST', `/admin/users/${user.id}/api-keys`, this.adminKey, { name, limits, ...policy });
  }

  /** Adds providers and models, as the catalog has them, by their names. */
  async addToCatalog(
    providers: Readonly<Record<string, object>>,
    models: Readonly<Record<string, object>>,
  ): Promise<void> {
    const catalog = await this.call(catalogAnswer, 'GET', '/admin/catalog', this.adminKey);
    await this.call(v.unknown(), 'PUT', '/admin/catalog', this.adminKey, {
      ...catalog,
      providers: { ...catalog.providers, ...providers },
      models: { ...catalog.models, ...models },
    });
  }

  async modelNames(key: string): Promise<string[]> {
    const { data } = await this.call(modelsAnswer, 'GET', '/v1/models', key);
    return data.map(({ id }) => id);
  }

  usage(key: string): Promise<UsageAnswer> {
    return this.call(usageAnswer, 'GET', '/v1/usage', key);
  }

  /** Undefined where the gateway has no such record. */
  async record(key: string, requestId: string): Promise<RecordAnswer | undefined> {
    const path = `/v1/requests/${requestId}`;
    const { status, text } = await this.send('GET', path, key);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
    return v.parse(recordAnswer, JSON.parse(text));
  }

  private async call<T>(
    schema: v.GenericSchema<unknown, T>,
    method: string,
    path: string,
    key: string,
    body?: object,
  ): Promise<T> {
    const { status, text } = await this.send(method, path, key, body);
    if (status < 200 || status > 299) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return v.parse(schema, JSON.parse(text));
  }

  /** A question is repeated whose connection breaks: the gateway may have been killed since the last one. */
  private async send(method: string, path: string, key: string, body?: object): Promise<Sent> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.sendOnce(method, path, key, body);
      } catch (error) {
        if (method !== 'GET' || attempt === attemptsMax) throw error;
        await sleep(repeatMs);
      }
    }
  }

  private async sendOnce(method: string, path: string, key: string, body?: object): Promise<Sent> {
    const answer = await fetch(new URL(path, this.url), {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.status, text: await answer.text() };
  }
}
