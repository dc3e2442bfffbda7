import { expect, test } from 'vitest';
import type { HealthSnapshot } from '../../../src/actors/provider-health/health-messages.ts';
import { ProviderMemory } from '../../../src/gateway/health/provider-memory.ts';

const nothingWrong: HealthSnapshot = { troubled: [], cooldowns: [] };
const report = { endpoint: 'main', model: 'model', outcome: 'success', startedMs: 0 } as const;

test('a call waits for the later of its two breakers', () => {
  const memory = new ProviderMemory();
  const troubled: HealthSnapshot['troubled'] = [
    { key: 'endpoint:main', state: 'open', retryInMs: 10_000 },
    { key: 'model:model', state: 'open', retryInMs: 20_000 },
  ];
  memory.receive(memory.ask(), { troubled, cooldowns: [] }, 1000);
  expect(memory.standing('main', 'model', 1000)).toEqual({ kind: 'open', retryAtMs: 21_000 });
  expect(memory.standing('main', 'other', 1000)).toEqual({ kind: 'open', retryAtMs: 11_000 });
  expect(memory.standing('main', 'model', 11_000)).toEqual({ kind: 'open', retryAtMs: 21_000 });
  expect(memory.standing('main', 'model', 21_000)).toEqual({ kind: 'probe' });
});

test('an answer that was overtaken by a later one is ignored', () => {
  const memory = new ProviderMemory();
  const [first, second] = [memory.ask(), memory.ask()];
  memory.receive(second, nothingWrong, 1000);
  memory.receive(first, { troubled: [{ key: 'model:model', state: 'open', retryInMs: 30_000 }], cooldowns: [] }, 1001);
  expect(memory.state).toBe('closed');
});

test('a half-open breaker shows as such where none is open', () => {
  const memory = new ProviderMemory();
  const halfOpen = { key: 'model:model', state: 'half-open', retryInMs: 0 } as const;
  memory.receive(memory.ask(), { troubled: [halfOpen], cooldowns: [] }, 1000);
  expect(memory.state).toBe('half-open');
  memory.receive(
    memory.ask(),
    { troubled: [halfOpen, { ...halfOpen, key: 'model:other', state: 'open' }], cooldowns: [] },
    1000,
  );
  expect(memory.state).toBe('open');
});

test('reports are overdue by the age of the oldest', () => {
  const memory = new ProviderMemory();
  memory.addReport(report, 1000);
  memory.addReport(report, 4000);
  expect(memory.isOverdue(5999, 5000)).toBe(false);
  expect(memory.isOverdue(6000, 5000)).toBe(true);
  memory.takeReports();
  expect(memory.isOverdue(6000, 5000)).toBe(false);
});

test('lost reports are told once', () => {
  const memory = new ProviderMemory();
  memory.addReport(report, 0);
  memory.lose(memory.takeReports());
  expect(memory.takeReports()).toEqual({ reports: [], lost: 1 });
  expect(memory.takeReports()).toEqual({ reports: [], lost: 0 });
});
