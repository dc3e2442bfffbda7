import { describe, expect, test } from 'vitest';
import type { UsageAnswer } from '../load/admin-client.ts';
import { type Judge, judgeBeforeLeasesEnd, judgeConcurrency, judgeMoney, judgeWindow } from '../load/checks.ts';
import { emptyReport } from '../load/crowd-report.ts';
import { type Evidence, formatNanoUsd, parseNanoUsd } from '../load/evidence.ts';
import { Tally } from '../load/tally.ts';

const price = { inputPicoUsd: 1_000_000n, outputPicoUsd: 4_000_000n };

/** 100 calls of 10 and 10 tokens, $0.00005 each, that all went well, under a limit that they just fill. */
function soundEvidence(): Evidence {
  const tally = new Tally();
  for (let call = 0; call < 100; call++) {
    const attempt = tally.begin(`call-${call}`, Date.now(), call % 5 === 0);
    attempt.bill(10, 10, price);
    if (call % 20 === 19) attempt.end();
  }
  return {
    report: { ...emptyReport(), calls: 110, completed: 100, refused: 10, lost: 3 },
    tally,
    usage: usage(),
    records: { found: 100, missing: [], nanoUsd: 5_000_000n, breaches: 0, breachNanoUsd: 0n },
    above: ['0.005', '0.005'],
  };
}

function usage(money: Partial<UsageAnswer['limits'][number]> = {}): UsageAnswer {
  return {
    limits: [
      { metric: 'usd', max: '0.005', posted: '0.005', held: '0.00', ...money },
      { metric: 'requests', max: 100, posted: 100, held: 0 },
      { metric: 'tokens', max: 2000, posted: 2000, held: 0 },
      { metric: 'concurrency', max: 96, posted: 0, held: 0 },
      { metric: 'streams', max: 20, posted: 0, held: 0 },
    ],
    spend: { total_usd: '0.005' },
    by_model: [{ requests: 100, cost_usd: '0.005' }],
  };
}

const judges: Record<string, Judge> = {
  money: judgeMoney(true),
  requests: judgeWindow('requests', 60_000),
  tokens: judgeWindow('tokens', 60_000),
  concurrency: judgeConcurrency,
};

describe.each(Object.entries(judges))('the judge of %s', (_, judge) => {
  test('finds nothing wrong with books that balance', () => {
    expect(judge(soundEvidence())).toMatchObject({ share: 1, faults: [] });
  });

  test('finds a call that the provider bills and Weir did not post', () => {
    const evidence = soundEvidence();
    evidence.tally.begin('one-more', 0, false).bill(1, 0, price);
    expect(judge(evidence).faults).toContainEqual(expect.stringContaining('less than the provider bills'));
  });

  test('finds records that do not add up', () => {
    const evidence = soundEvidence();
    const records = { ...evidence.records, nanoUsd: 5_000_001n };
    expect(judge({ ...evidence, records }).faults).toEqual([expect.stringContaining('the records add up to')]);
  });

  test('finds records that are too little where every call is known', () => {
    const evidence = soundEvidence();
    const records = { ...evidence.records, nanoUsd: 4_999_999n };
    const report = { ...evidence.report, lost: 0 };
    expect(judge({ ...evidence, report, records }).faults).toEqual([expect.stringContaining('the records add up to')]);
    expect(judge({ ...evidence, records }).faults).toEqual([]);
  });

  test('finds an account above that has counted less than the key, or more', () => {
    const evidence = soundEvidence();
    for (const spent of ['0.004999999', '0.005000001']) {
      expect(judge({ ...evidence, above: ['0.005', spent] }).faults).toEqual([
        `an account above says that ${spent} was spent, not $0.005000000`,
      ]);
    }
  });

  test('finds a record that is missing, a hold that is left and a refusal that says nothing', () => {
    const evidence = soundEvidence();
    const records = { ...evidence.records, missing: ['req_1'] };
    const report = { ...evidence.report, malformedRefusals: 1 };
    const { faults } = judge({ ...evidence, report, records, usage: usage({ held: '0.000000001' }) });
    expect(faults).toHaveLength(3);
  });

  test('finds that the limit could not be used', () => {
    const evidence = soundEvidence();
    const limits = evidence.usage.limits.map((limit) => ({
      ...limit,
      max: limit.metric === 'usd' ? '0.0051' : Number(limit.max) * 1.02,
    }));
    expect(judge({ ...evidence, usage: { ...evidence.usage, limits } }).faults).toHaveLength(1);
  });
});

describe('the judge of', () => {
  test('money finds one pico-dollar over the limit', () => {
    const evidence = soundEvidence();
    evidence.tally.picoUsd++;
    const { faults } = judgeMoney(false)({ ...evidence, usage: usage({ posted: '0.005000001' }) });
    expect(faults).toContainEqual(expect.stringContaining('but $0.005000000 is allowed'));
  });

  test('money allows for what is recorded as a breach, and not a pico-dollar more', () => {
    const evidence = soundEvidence();
    const records = { ...evidence.records, breaches: 1, breachNanoUsd: 1000n };
    evidence.tally.picoUsd += 1_000_000n;
    const over = expect.stringContaining('is allowed');
    expect(judgeMoney(false)({ ...evidence, records }).faults).not.toContainEqual(over);
    evidence.tally.picoUsd++;
    expect(judgeMoney(false)({ ...evidence, records }).faults).toContainEqual(over);
  });

  test.each(['requests', 'tokens'] as const)('%s finds one more than allowed in a window', (metric) => {
    const evidence = soundEvidence();
    const limits = evidence.usage.limits.map((limit) =>
      limit.metric === metric ? { ...limit, max: Number(limit.max) - 1 } : limit,
    );
    const judged = judgeWindow(metric, 60_000)({ ...evidence, usage: { ...evidence.usage, limits } });
    expect(judged.faults).toEqual([expect.stringContaining('are allowed')]);
  });

  test('a window does not ask of a machine whose calls are slow that all of it is used', () => {
    const evidence = soundEvidence();
    const limits = evidence.usage.limits.map((limit) => ({ ...limit, max: Number(limit.max) * 2 }));
    const faultsAt = (completedMs: readonly number[]): readonly string[] => {
      const report = { ...evidence.report, completedMs: [...completedMs] };
      return judges['requests']?.({ ...evidence, report, usage: { ...evidence.usage, limits } }).faults ?? ['no judge'];
    };
    expect(faultsAt([1, 1875, 9999])).toEqual([expect.stringContaining('could be used')]);
    expect(faultsAt([1, 1876, 9999])).toEqual([]);
  });

  test.each(['concurrency', 'streams'])('%s finds one more than allowed at once', (metric) => {
    const evidence = soundEvidence();
    const limits = evidence.usage.limits.map((limit) =>
      limit.metric === metric ? { ...limit, max: Number(limit.max) - 1 } : limit,
    );
    const judged = judgeConcurrency({ ...evidence, usage: { ...evidence.usage, limits } });
    expect(judged.faults).toEqual([expect.stringContaining('at once, but')]);
  });

  test('a killed gateway counts what is still held, and no more', () => {
    const evidence = soundEvidence();
    const half = { ...evidence, records: { ...evidence.records, nanoUsd: 2_000_000n } };
    const judged = (held: string) => judgeBeforeLeasesEnd({ ...half, usage: usage({ posted: '0.002', held }) }).faults;
    expect(judged('0.003')).toEqual([]);
    expect(judged('0.002999999')).toEqual([expect.stringContaining('is posted or held')]);
    expect(judged('0.003000001')).toEqual(['$0.005000001 is posted or held']);
  });
});

test('amounts are read and shown to the nano-dollar', () => {
  expect(parseNanoUsd('12.000000001')).toBe(12_000_000_001n);
  expect(parseNanoUsd('0')).toBe(0n);
  expect(formatNanoUsd(12_000_000_001n)).toBe('$12.000000001');
  expect(formatNanoUsd(1n)).toBe('$0.000000001');
  expect(() => parseNanoUsd('1.0000000001')).toThrow('not an amount');
});
