import { expect, test } from 'vitest';
import { CredentialCooldowns } from '../../../src/health/credential-cooldowns.ts';
import { coolingCredentialsMax } from '../../../src/limits.ts';

test('a credential is out until its time is over', () => {
  const cooldowns = new CredentialCooldowns();
  cooldowns.coolDown('KEY', { untilMs: 1000, reason: 'unauthorized' });
  expect(cooldowns.at('KEY', 999)).toEqual({ untilMs: 1000, reason: 'unauthorized' });
  expect(cooldowns.at('KEY', 1000)).toBeUndefined();
  expect(cooldowns.at('OTHER', 0)).toBeUndefined();
});

test('a shorter cool-down does not shorten a longer one', () => {
  const cooldowns = new CredentialCooldowns();
  expect(cooldowns.coolDown('KEY', { untilMs: 3_600_000, reason: 'out-of-credit' })).toBe(true);
  expect(cooldowns.coolDown('KEY', { untilMs: 1000, reason: 'rate-limited' })).toBe(false);
  expect(cooldowns.at('KEY', 2000)?.reason).toBe('out-of-credit');
});

test('as many credentials as the bound may be out, and of one more the first to end is forgotten', () => {
  const cooldowns = new CredentialCooldowns();
  for (let index = 0; index < coolingCredentialsMax; index += 1) {
    cooldowns.coolDown(`KEY_${index}`, { untilMs: 1000 - index, reason: 'rate-limited' });
  }
  expect(cooldowns.active(0)).toHaveLength(coolingCredentialsMax);
  cooldowns.coolDown('ONE_MORE', { untilMs: 5000, reason: 'rate-limited' });
  expect(cooldowns.active(0)).toHaveLength(coolingCredentialsMax);
  expect(cooldowns.at(`KEY_${coolingCredentialsMax - 1}`, 0)).toBeUndefined();
  expect(cooldowns.at('ONE_MORE', 0)).toBeDefined();
});

test('those whose time is over are forgotten when the rest is listed', () => {
  const cooldowns = new CredentialCooldowns();
  cooldowns.coolDown('SHORT', { untilMs: 1000, reason: 'rate-limited' });
  cooldowns.coolDown('LONG', { untilMs: 2000, reason: 'rate-limited' });
  expect(cooldowns.active(1000).map(([credential]) => credential)).toEqual(['LONG']);
});
