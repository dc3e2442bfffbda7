import * as v from 'valibot';
import { expect, test } from 'vitest';
import { BreakerConfigSchema, defaultBreakerConfig } from '../../../src/core/breaker/breaker-config.ts';

test('everything has a default', () => {
  expect(defaultBreakerConfig).toEqual({
    failuresInARow: 5,
    failureRate: 0.5,
    callsToJudge: 20,
    windowMs: 30_000,
    openMs: 30_000,
    openMsMax: 300_000,
    successesToClose: 2,
    probeLeaseMs: 60_000,
  });
});

test('what is set is kept beside the defaults', () => {
  expect(v.parse(BreakerConfigSchema, { failuresInARow: 2 })).toEqual({ ...defaultBreakerConfig, failuresInARow: 2 });
});

test.each([
  { config: { failuresInARow: 0 }, path: 'failuresInARow', message: 'at least 1' },
  { config: { callsToJudge: 1.5 }, path: 'callsToJudge', message: 'whole number' },
  { config: { failureRate: 0 }, path: 'failureRate', message: 'above 0' },
  { config: { failureRate: 50 }, path: 'failureRate', message: 'not a percentage' },
  { config: { openMs: '30s' }, path: 'openMs', message: 'whole number' },
  { config: { windowMs: 3_600_001 }, path: 'windowMs', message: 'at most 3600000' },
  { config: { openMs: 60_000, openMsMax: 30_000 }, path: 'openMsMax', message: 'raise openMsMax or lower openMs' },
  { config: { failures: 3 }, path: 'failures', message: 'failures' },
])('$config is refused, naming $path', ({ config, path, message }) => {
  const { issues } = v.safeParse(BreakerConfigSchema, config);
  expect(issues?.map((issue) => v.getDotPath(issue))).toEqual([path]);
  expect(issues?.[0].message).toContain(message);
});
