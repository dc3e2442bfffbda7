import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { HealthReport } from '../../../src/actors/provider-health/health-messages.ts';
import type { ProviderHealth } from '../../../src/actors/provider-health/provider-health.ts';
import type { ProviderSite } from '../../../src/core/breaker/provider-site.ts';

export const everyMs = 30_000;
/** The value of `WEST_KEY`. */
export const secret = 'sk-of-west-which-nobody-may-see';
export const success: HealthReport = { endpoint: 'east', model: 'model', outcome: 'success', elapsedMs: 0 };
export const failures = (count: number): HealthReport[] =>
  Array.from({ length: count }, () => ({ ...success, endpoint: 'west', outcome: 'failure' }));

let made = 0;

/** A ProviderHealth object with two endpoints to check, and all that they are asked and that is logged meanwhile. */
export class CheckedProvider {
  readonly provider: DurableObjectStub<ProviderHealth>;
  readonly asked: { url: string; headers: Headers; init: RequestInit }[] = [];
  readonly logged: string[] = [];
  site: ProviderSite = {
    catalogVersion: 1,
    kind: 'openai',
    endpoints: [
      { name: 'west', baseUrl: 'https://west.example.com/v1', secret: 'WEST_KEY' },
      { name: 'east', baseUrl: 'https://east.example.com/v1' },
    ],
    headers: { 'x-title': 'weir' },
    check: { path: '/healthy', everyMs },
    models: [],
  };
  answer: (url: URL) => Response | Promise<Response> = () => new Response('fine');
  /** Ahead of the platform's clock, by which alarms ring: none rings that the test has not asked for. */
  readonly #startMs = Date.now() + 24 * 3_600_000;

  constructor() {
    vi.useFakeTimers({ toFake: ['Date'] });
    this.at(0);
    made += 1;
    this.provider = env.PROVIDER_HEALTH.getByName(`checked-${made}`);
    Reflect.set(env, 'WEST_KEY', secret);
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      this.asked.push({ url: url.href, headers: new Headers(init.headers), init });
      return this.answer(url);
    });
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((text: unknown) => void this.logged.push(String(text)));
    }
  }

  end(): void {
    Reflect.deleteProperty(env, 'WEST_KEY');
    vi.useRealTimers();
    vi.restoreAllMocks();
  }

  get urls(): string[] {
    return this.asked.map(({ url }) => url);
  }

  /** The clock stands still unless a test moves it: the object reads the same one. */
  at(ms: number): void {
    vi.setSystemTime(this.#startMs + ms);
  }

  /** Rings the alarm, whatever time it is, and answers whether one was set. */
  async alarm(): Promise<boolean> {
    return runDurableObjectAlarm(this.provider);
  }

  async alarmAtMs(): Promise<number | undefined> {
    return runInDurableObject(this.provider, async (_instance, { storage }) => {
      const time = await storage.getAlarm();
      return time === null ? undefined : time - this.#startMs;
    });
  }

  async stateOfWest(): Promise<string> {
    const { troubled } = await this.provider.snapshot();
    return troubled.find(({ key }) => key === 'endpoint:west')?.state ?? 'closed';
  }
}
