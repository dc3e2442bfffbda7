import { defaultBreakerConfig, type BreakerConfig } from '../../../src/core/breaker/breaker-config.ts';
import type { Outcome } from '../../../src/core/breaker/breaker.ts';
import type { HealthReport, HealthRpc } from '../../../src/actors/provider-health/health-messages.ts';
import type { ProviderSite } from '../../../src/core/breaker/provider-site.ts';
import { ProviderBreakers } from '../../../src/actors/provider-health/provider-breakers.ts';
import { HealthMemory, RouterHealth, type Pass } from '../../../src/gateway/health/router-health.ts';

/** A call with a credential. */
export const use = { credential: 'KEY', model: 'model', client: 'ada' } as const;

/** One ProviderHealth object and a world to call it from: a clock that is moved by hand, and calls that can be made to fail. */
export class HealthWorld {
  nowMs = 1_000_000;
  /** ProviderHealth's clock is not the routers'. */
  readonly skewMs = 7_000_000;
  readonly breakers = new ProviderBreakers(undefined, undefined, this.nowMs + this.skewMs);
  readonly asked: string[] = [];
  readonly delivered: HealthReport[] = [];
  readonly problems: unknown[] = [];
  config: BreakerConfig = defaultBreakerConfig;
  site: ProviderSite | undefined;
  readonly sites: ProviderSite[] = [];
  isDown = false;
  isSilent = false;
  #claims = 0;
  #sleepers: { untilMs: number; wake: () => void }[] = [];

  isolate(): RouterHealth {
    return this.request(new HealthMemory());
  }

  request(memory: HealthMemory): RouterHealth {
    return new RouterHealth(memory, {
      provider: () => this.#rpc,
      breakerConfig: () => this.config,
      site: () => this.site,
      waitUntil: () => undefined,
      nowMs: () => this.nowMs,
      sleep: async (ms) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#sleepers.push({ untilMs: this.nowMs + ms, wake: resolve });
        return promise;
      },
      onProblem: (_provider, error) => void this.problems.push(error),
    });
  }

  /** Lets time pass, and everything happen that happens in it. */
  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.nowMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.nowMs);
    for (const { wake } of due) wake();
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  }

  get #healthMs(): number {
    return this.nowMs + this.skewMs;
  }

  async #answer<Answer>(name: string, decide: () => Answer): Promise<Answer> {
    this.asked.push(name);
    if (this.isDown) throw new Error('ProviderHealth is down');
    if (this.isSilent) return Promise.withResolvers<Answer>().promise;
    return decide();
  }

  readonly #rpc: HealthRpc = {
    report: async (batch, lost, config, site) =>
      this.#answer('report', () => {
        if (site !== undefined) this.sites.push(site);
        this.delivered.push(...batch);
        this.breakers.report(batch, lost, this.#healthMs, config);
        return this.breakers.snapshot(this.#healthMs);
      }),
    claim: async (endpoint, model, config) =>
      this.#answer('claim', () => {
        this.#claims += 1;
        const claim = `claim-${this.#claims}`;
        const decision = this.breakers.claim(endpoint, model, claim, this.#healthMs, config);
        return { decision, snapshot: this.breakers.snapshot(this.#healthMs) };
      }),
    coolDown: async (credential, forMs, reason, by) =>
      this.#answer('coolDown', () => {
        this.breakers.coolDown(credential, forMs, reason, this.#healthMs, by);
        return this.breakers.snapshot(this.#healthMs);
      }),
    snapshot: async () => this.#answer('snapshot', () => this.breakers.snapshot(this.#healthMs)),
  };

  reset(): void {
    this.breakers.reset(this.#healthMs);
  }

  /** A request that was cancelled: nothing it waits for ever comes, and nothing it left to be done is done. */
  cancelledRequest(memory: HealthMemory): RouterHealth {
    return new RouterHealth(memory, {
      provider: () => silent,
      breakerConfig: () => this.config,
      site: () => this.site,
      waitUntil: () => undefined,
      nowMs: () => this.nowMs,
      sleep: never,
      onProblem: () => undefined,
    });
  }

  report(router: RouterHealth, outcome: Outcome, claim?: string): void {
    router.report('provider', { endpoint: 'main', model: 'model', outcome, startedMs: this.nowMs, claim });
  }

  async fail(router: RouterHealth, times: number): Promise<void> {
    for (let call = 0; call < times; call += 1) this.report(router, 'failure');
    await this.settle();
  }
}

export const enter = async (router: RouterHealth): Promise<Pass> => router.enter('provider', 'main', 'model');

export const kinds = (passes: Pass[]): string[] =>
  passes.map((pass) => (pass.kind === 'go' && pass.claim !== undefined ? 'probe' : pass.kind));

export const count = <Item>(items: Item[], wanted: Item): number => items.filter((item) => item === wanted).length;

const never = async <Answer>(): Promise<Answer> => Promise.withResolvers<Answer>().promise;
const silent: HealthRpc = { report: never, claim: never, coolDown: never, snapshot: never };
