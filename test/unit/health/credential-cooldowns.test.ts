import { describe, expect, test } from 'vitest';
import { type CooldownReason, CredentialCooldowns } from '../../../src/core/breaker/credential-cooldowns.ts';
import { coolingCredentialsMax } from '../../../src/limits.ts';

const hourMs = 3_600_000;
const by = (client: string, model = 'model', credential = 'KEY') => ({ credential, model, client });
const refusal = (reason: CooldownReason, sinceMs = 0, untilMs = hourMs) => ({ reason, sinceMs, untilMs });
const out = (cooldowns: CredentialCooldowns, client: string, model = 'model', nowMs = 1000) =>
  cooldowns.at(by(client, model), nowMs)?.reason;

describe('what one client was told', () => {
  test.each(['unauthorized', 'out-of-credit', 'rate-limited'] as const)(
    '(%s) keeps its own calls of that model away, and nothing else',
    (reason) => {
      const cooldowns = new CredentialCooldowns();
      cooldowns.reject(by('ada'), refusal(reason), 0);
      expect(out(cooldowns, 'ada')).toBe(reason);
      expect(out(cooldowns, 'ada', 'other')).toBeUndefined();
      expect(out(cooldowns, 'bob')).toBeUndefined();
      expect(cooldowns.at(by('ada', 'model', 'OTHER'), 0)).toBeUndefined();
    },
  );

  test('(forbidden) keeps nothing away: it is so often the content', () => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.reject(by('ada'), refusal('forbidden'), 0);
    expect(out(cooldowns, 'ada')).toBeUndefined();
    expect([...cooldowns.suspects(0)]).toEqual(['KEY']);
  });

  test('is told once, and a rate limit again when it goes on for longer', () => {
    const cooldowns = new CredentialCooldowns();
    expect(cooldowns.reject(by('ada'), refusal('forbidden'), 0)).toBe(true);
    expect(cooldowns.reject(by('ada'), refusal('forbidden', 10, hourMs + 10), 10)).toBe(false);
    expect(cooldowns.reject(by('ada', 'other'), refusal('rate-limited', 0, 1000), 0)).toBe(true);
    expect(cooldowns.reject(by('ada', 'other'), refusal('rate-limited', 10, 1010), 10)).toBe(true);
    expect(cooldowns.at(by('ada', 'other'), 1005)?.untilMs).toBe(1010);
  });
});

describe('what two clients were told', () => {
  test.each(['unauthorized', 'forbidden', 'out-of-credit', 'rate-limited'] as const)(
    '(%s) of one model keeps all calls of that model away',
    (reason) => {
      const cooldowns = new CredentialCooldowns();
      cooldowns.reject(by('ada'), refusal(reason), 0);
      cooldowns.reject(by('bob'), refusal(reason), 10);
      expect(out(cooldowns, 'carol')).toBe(reason);
      expect(out(cooldowns, 'carol', 'other')).toBeUndefined();
    },
  );

  test('of two models, or in two ways, keeps nobody else away', () => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.reject(by('ada', 'one'), refusal('unauthorized'), 0);
    cooldowns.reject(by('bob', 'other'), refusal('unauthorized'), 0);
    cooldowns.reject(by('bob', 'one'), refusal('out-of-credit'), 0);
    expect(out(cooldowns, 'carol', 'one')).toBeUndefined();
    expect(out(cooldowns, 'carol', 'other')).toBeUndefined();
  });

  test('keeps nobody else away where a call was served in between', () => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.reject(by('ada'), refusal('unauthorized', 100), 100);
    expect(cooldowns.accept(by('carol'), 100)).toBe(false);
    expect(cooldowns.accept(by('carol', 'other'), 150)).toBe(false);
    expect(cooldowns.accept(by('carol'), 150)).toBe(true);
    cooldowns.reject(by('bob'), refusal('unauthorized', 200, 200 + hourMs), 200);
    expect(out(cooldowns, 'carol')).toBeUndefined();
  });

  test('keeps nobody else away where the first is over', () => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.reject(by('ada'), refusal('rate-limited', 0, 500), 0);
    cooldowns.reject(by('bob'), refusal('rate-limited', 500, 2000), 500);
    expect(out(cooldowns, 'carol')).toBeUndefined();
  });

  test('is over as soon as a call is served that began after it, unless it is a rate limit', () => {
    const cooldowns = new CredentialCooldowns();
    for (const model of ['one', 'other']) {
      const reason = model === 'one' ? 'unauthorized' : 'rate-limited';
      for (const client of ['ada', 'bob']) cooldowns.reject(by(client, model), refusal(reason, 100), 100);
      cooldowns.accept(by('carol', model), 101);
    }
    expect(out(cooldowns, 'carol', 'one')).toBeUndefined();
    expect(out(cooldowns, 'carol', 'other')).toBe('rate-limited');
  });
});

describe('a check of our own', () => {
  const suspected = (reason: CooldownReason): CredentialCooldowns => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.reject(by('ada'), refusal(reason), 0);
    return cooldowns;
  };

  test('is wanted of what clients were refused, once, and not of a rate limit', () => {
    const cooldowns = suspected('unauthorized');
    expect([...cooldowns.suspects(0)]).toEqual(['KEY']);
    cooldowns.checked('KEY', 'unclear', 10);
    expect([...cooldowns.suspects(10)]).toEqual([]);
    expect(out(cooldowns, 'ada')).toBe('unauthorized');
    expect([...suspected('rate-limited').suspects(0)]).toEqual([]);
  });

  test('that is refused keeps all calls away, of all models', () => {
    const cooldowns = suspected('unauthorized');
    cooldowns.checked('KEY', refusal('unauthorized', 10), 10);
    expect(out(cooldowns, 'bob', 'other')).toBe('unauthorized');
    expect([...cooldowns.suspects(10)]).toEqual([]);
    cooldowns.accept(by('carol', 'third'), 10);
    expect(out(cooldowns, 'bob', 'other')).toBe('unauthorized');
    cooldowns.accept(by('carol', 'third'), 11);
    expect(out(cooldowns, 'bob', 'other')).toBeUndefined();
  });

  test('that is served shows that clients were forbidden something else, and nothing about the rest', () => {
    const cooldowns = suspected('forbidden');
    cooldowns.checked('KEY', 'served', 10);
    cooldowns.reject(by('bob'), refusal('forbidden', 20), 20);
    expect(out(cooldowns, 'carol')).toBeUndefined();
    const other = suspected('unauthorized');
    other.checked('KEY', 'served', 10);
    expect(out(other, 'ada')).toBe('unauthorized');
  });

  test('says nothing where a call was served before it came to an end', () => {
    const cooldowns = suspected('unauthorized');
    cooldowns.accept(by('carol'), 5);
    cooldowns.checked('KEY', refusal('unauthorized', 10), 10);
    expect(out(cooldowns, 'bob')).toBeUndefined();
  });
});

describe('a cool-down', () => {
  const all = { credential: 'KEY' };

  test('is over when its time is over', () => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.coolDown(all, refusal('unauthorized', 0, 1000));
    expect(cooldowns.at(by('ada'), 999)).toEqual({ untilMs: 1000, reason: 'unauthorized' });
    expect(cooldowns.at(by('ada'), 1000)).toBeUndefined();
  });

  test('is not shortened by a shorter one', () => {
    const cooldowns = new CredentialCooldowns();
    expect(cooldowns.coolDown(all, refusal('out-of-credit'))).toBe(true);
    expect(cooldowns.coolDown(all, refusal('rate-limited', 0, 1000))).toBe(false);
    expect(cooldowns.at(by('ada'), 2000)?.reason).toBe('out-of-credit');
  });

  test('is forgotten when the rest is listed and its time is over', () => {
    const cooldowns = new CredentialCooldowns();
    cooldowns.coolDown({ credential: 'SHORT' }, refusal('rate-limited', 0, 1000));
    cooldowns.coolDown({ credential: 'LONG' }, refusal('rate-limited', 0, 2000));
    expect(cooldowns.active(1000).map(({ credential }) => credential)).toEqual(['LONG']);
  });

  test('is one of as many as the bound, and of one more the first to end is forgotten', () => {
    const cooldowns = new CredentialCooldowns();
    for (let index = 0; index < coolingCredentialsMax; index += 1) {
      cooldowns.coolDown({ credential: `KEY_${index}` }, refusal('rate-limited', 0, 1000 - index));
    }
    expect(cooldowns.active(0)).toHaveLength(coolingCredentialsMax);
    cooldowns.coolDown({ credential: 'ONE_MORE' }, refusal('rate-limited', 0, 5000));
    expect(cooldowns.active(0)).toHaveLength(coolingCredentialsMax);
    expect(cooldowns.at(by('ada', 'model', `KEY_${coolingCredentialsMax - 1}`), 0)).toBeUndefined();
    expect(cooldowns.at(by('ada', 'model', 'ONE_MORE'), 0)).toBeDefined();
  });
});
