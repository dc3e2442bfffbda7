import { describe, expect, test } from 'vitest';
import type { UsageAnswer } from '../load/admin-client.ts';
import { emptyReport } from '../load/crowd-report.ts';
import { type Strictness, judgeEveryLimit, judgeRepeats } from '../load/every-limit.ts';
import type { Evidence } from '../load/evidence.ts';
import { Tally } from '../load/tally.ts';

type Limit = UsageAnswer['limits'][number];

const price = { inputPicoUsd: 1_000_000n, outputPicoUsd: 4_000_000n };
const strict: Strictness = { exact: true, usedUp: true, gauges: true };
const lax: Strictness = { exact: false, usedUp: false, gauges: false };

/** 20 calls of chat and 10 of embeddings, 20 tokens each, two at once, and 5 that only asked for a size. */
function soundEvidence(): Evidence {
  const tally = new Tally();
  for (let call = 0; call < 30; call++) {
    const endpoint = call < 20 ? 'chat' : 'embeddings';
    const attempt = tally.begin(`call-${call}`, Date.now(), call < 2, endpoint);
    attempt.bill(20, 0, price);
    if (call % 2 === 1) attempt.end();
    if (call > 0) tally.inFlight = 0;
  }
  const limits: Limit[] = [
    { metric: 'usd', max: '0.00060', posted: '0.0006', held: '0.00' },
    { metric: 'tokens', max: 700, posted: 600, held: 0 },
    { metric: 'requests', max: 40, posted: 35, held: 0 },
    { metric: 'tokens', endpoint: 'embeddings', max: 200, posted: 200, held: 0 },
    { metric: 'requests', endpoint: 'messages', max: 10, posted: 5, held: 0 },
    { metric: 'concurrency', max: 2, posted: 0, held: 0 },
    { metric: 'streams', max: 2, posted: 0, held: 0 },
  ];
  return {
    report: { ...emptyReport(), calls: 35, completed: 35, counted: 5, replayed: 3 },
    tally,
    usage: { limits, spend: { total_usd: '0.0006' }, by_model: [{ requests: 30, cost_usd: '0.0006' }] },
    records: { found: 35, missing: [], nanoUsd: 600_000n, breaches: 0, breachNanoUsd: 0n },
    above: ['0.0006', '0.0006'],
  };
}

function withLimit(evidence: Evidence, index: number, change: Partial<Limit>): Evidence {
  const limits = evidence.usage.limits.map((limit, at) => (at === index ? { ...limit, ...change } : limit));
  return { ...evidence, usage: { ...evidence.usage, limits } };
}

describe('the judge of every limit', () => {
  const judge = judgeEveryLimit(strict);

  test('finds nothing wrong with books that balance, and shows the fullest limit', () => {
    expect(judge(soundEvidence())).toEqual({
      limit: '$0.000600000',
      referee: '$0.000600000',
      posted: '$0.000600000',
      share: 1,
      faults: [],
    });
  });

  test.each([
    [0, { max: '0.000599999' }, 'usd: $0.000600000 was used, but $0.000599999 is allowed'],
    [1, { max: 599 }, 'tokens: 600 tokens was used, but 599 tokens is allowed'],
    [2, { max: 34 }, 'requests: 35 requests was used, but 34 requests is allowed'],
    [3, { max: 199 }, 'tokens of embeddings: 200 tokens was used, but 199 tokens is allowed'],
    [4, { max: 4 }, 'requests of messages: 5 requests was used, but 4 requests is allowed'],
    [5, { max: 1 }, 'concurrency: 2 at once, but 1 are allowed'],
    [6, { max: 1 }, 'streams: 2 at once, but 1 are allowed'],
  ])('finds that limit %i was overrun by one', (index, change, fault) => {
    expect(judge(withLimit(soundEvidence(), index, change)).faults).toContain(fault);
  });

  test.each([
    [1, 599, 'tokens: 599 tokens is posted for 600 tokens'],
    [2, 34, 'requests: 34 requests is posted for 35 requests'],
    [3, 199, 'tokens of embeddings: 199 tokens is posted for 200 tokens'],
    [4, 4, 'requests of messages: 4 requests is posted for 5 requests'],
  ])('finds that one too little is posted under limit %i', (index, posted, fault) => {
    expect(judge(withLimit(soundEvidence(), index, { posted })).faults).toContain(fault);
  });

  test('finds that one too much is posted, where every usage was reported', () => {
    const evidence = withLimit(soundEvidence(), 3, { posted: 201, max: 201 });
    expect(judge(evidence).faults).toEqual(['tokens of embeddings: 201 tokens is posted, for only 200 tokens']);
    expect(judgeEveryLimit(lax)(evidence).faults).toEqual([]);
  });

  test('finds a call that cost more than was held for it', () => {
    const { records, ...rest } = soundEvidence();
    expect(judge({ ...rest, records: { ...records, breaches: 1 } }).faults).toHaveLength(1);
  });

  test('finds a refusal where nothing is limited', () => {
    const evidence = soundEvidence();
    const scoped = evidence.usage.limits.filter(({ endpoint }) => endpoint !== undefined);
    const limits = [{ metric: 'usd', max: '1000.00', posted: '0.0006', held: '0.00' }, ...scoped];
    const refuse = (endpoint: 'chat' | 'embeddings') => {
      const report = { ...evidence.report, refusedAt: new Map([[endpoint, 1]]) };
      return judge({ ...evidence, report, usage: { ...evidence.usage, limits } }).faults;
    };
    expect(refuse('embeddings')).toEqual([]);
    expect(refuse('chat')).toEqual(['calls to chat were refused, without a limit']);
  });

  test('finds that not even the fullest limit could be used up', () => {
    const half = (evidence: Evidence): Evidence => {
      const limits = evidence.usage.limits.map((limit) => ({
        ...limit,
        max: limit.metric === 'usd' ? '0.0007' : Number(limit.max) * 2,
      }));
      return { ...evidence, usage: { ...evidence.usage, limits } };
    };
    expect(judge(half(soundEvidence())).faults).toEqual(['only 85.71 % of the fullest limit could be used']);
    expect(judgeEveryLimit(lax)(half(soundEvidence())).faults).toEqual([]);
  });

  test.each(['malformedAnswers', 'falseReplays'] as const)('finds %s', (name) => {
    const { report, ...rest } = soundEvidence();
    const faults = judge({ ...rest, report: { ...report, [name]: ['this one'] } }).faults;
    expect(faults).toEqual(['1 answers were not what they seemed: this one']);
  });
});

describe('the judge of repeats', () => {
  test('finds nothing wrong with calls that are billed once', () => {
    expect(judgeRepeats(strict)(soundEvidence()).faults).toEqual([]);
  });

  test('finds a call that is billed twice', () => {
    const evidence = soundEvidence();
    evidence.tally.begin('call-7', 0, false).bill(0, 0, price);
    expect(judgeRepeats(strict)(evidence).faults).toContain('1 calls are billed more than once, such as call-7');
  });

  test('finds that nothing was repeated', () => {
    const { report, ...rest } = soundEvidence();
    const faults = judgeRepeats(strict)({ ...rest, report: { ...report, replayed: 0 } }).faults;
    expect(faults).toEqual(['not one answer was replayed']);
  });
});
