import { describe, expect, test } from 'vitest';
import { modelsCountedMax } from '../../../src/limits.ts';
import { epochMs } from '../../../src/core/ledger/epoch-ms.ts';
import { type Spend, newSpend, setSpendBack, spend, spendAt } from '../../../src/core/account/spend.ts';
import { noon } from '../../support/ledger.ts';

function spent(state: Spend, at: number, costNanoUsd: number, model: string | undefined = 'm', admittedAt = at): void {
  const more = { requests: 1, inputTokens: 3, outputTokens: 2 };
  spend(state, { admittedAt: epochMs(admittedAt), model, costNanoUsd, ...more }, epochMs(at));
}

const hourMs = 3_600_000;
const midnight = Date.UTC(2026, 2, 11);

describe('what was spent', () => {
  test('today and this month is over at midnight, and in all never', () => {
    const state = newSpend();
    spent(state, noon, 5);
    expect(spendAt(state, epochMs(midnight - 1))).toEqual({ todayNanoUsd: 5, monthNanoUsd: 5, totalNanoUsd: 5 });
    expect(spendAt(state, epochMs(midnight))).toEqual({ todayNanoUsd: 0, monthNanoUsd: 5, totalNanoUsd: 5 });
    expect(spendAt(state, epochMs(Date.UTC(2026, 3, 1)))).toEqual({
      todayNanoUsd: 0,
      monthNanoUsd: 0,
      totalNanoUsd: 5,
    });
    spent(state, midnight, 2);
    expect(spendAt(state, epochMs(midnight))).toEqual({ todayNanoUsd: 2, monthNanoUsd: 7, totalNanoUsd: 7 });
  });

  test('in days and months to come, by a clock that was ahead, was spent today when that is set back', () => {
    const state = newSpend();
    const ahead = Date.UTC(2026, 3, 2);
    spent(state, ahead, 5);
    setSpendBack(state, noon);
    expect(spendAt(state, noon)).toEqual({ todayNanoUsd: 5, monthNanoUsd: 5, totalNanoUsd: 5 });
    spent(state, noon, 2);
    expect(spendAt(state, noon)).toEqual({ todayNanoUsd: 7, monthNanoUsd: 7, totalNanoUsd: 7 });
    expect(spendAt(state, epochMs(midnight))).toMatchObject({ todayNanoUsd: 0, monthNanoUsd: 7 });
    setSpendBack(state, epochMs(midnight));
    expect(spendAt(state, noon)).toMatchObject({ todayNanoUsd: 7 });
  });

  test('belongs to the day and the month in which its call was admitted', () => {
    const state = newSpend();
    spent(state, midnight + hourMs, 5, 'm', midnight - 1);
    expect(spendAt(state, epochMs(midnight + hourMs))).toEqual({ todayNanoUsd: 0, monthNanoUsd: 5, totalNanoUsd: 5 });
    const april = Date.UTC(2026, 3, 1);
    spent(state, april, 7, 'm', april - 1);
    expect(spendAt(state, epochMs(april))).toEqual({ todayNanoUsd: 0, monthNanoUsd: 0, totalNanoUsd: 12 });
  });

  test('may become less: a correction takes back what was charged', () => {
    const state = newSpend();
    spent(state, noon, 50);
    spent(state, noon, -30);
    expect(spendAt(state, noon).totalNanoUsd).toBe(20);
  });

  test('is counted by model, for as many models as there may be; the others are counted together', () => {
    const state = newSpend();
    for (let index = 0; index < modelsCountedMax + 10; index += 1) spent(state, noon, 1, `m${index}`);
    spent(state, noon, 1, 'm0');
    spent(state, noon, 1, undefined);
    expect(state.byModel.size).toBe(modelsCountedMax + 1);
    const usage = { requests: 2, inputTokens: 6, outputTokens: 4, costNanoUsd: 2 };
    expect(state.byModel.get('m0')).toEqual({ model: 'm0', ...usage });
    expect(state.byModel.get('other')).toMatchObject({ requests: 11, costNanoUsd: 11 });
    const sum = [...state.byModel.values()].reduce((left, { costNanoUsd }) => left + costNanoUsd, 0);
    expect(sum).toBe(spendAt(state, noon).totalNanoUsd);
  });
});
