import { describe, expect, it } from 'vitest';
import { catalogDocument, catalogIssues, parsedCatalog } from '../../support/catalog.ts';

type Document = ReturnType<typeof catalogDocument>;

const plainPrice = { input: '1', output: '2' };
const cappedTarget = { provider: 'spare', model: 'vendor/large', capsPrice: true };
const priceLarge = (document: Document, price: unknown) => Object.assign(document.models['large'] ?? {}, { price });

describe('prices of a catalog', () => {
  it('lets a price change from a day on, and a model retire on one', () => {
    const document = catalogDocument();
    Object.assign(document.models['large'] ?? {}, {
      price: [
        { input: '1', output: '2' },
        { from: '2026-12-01', input: '2', output: '4' },
      ],
      retires: '2026-12-11',
    });
    const large = parsedCatalog(document).models.get('large');
    const changes = large?.price?.map(({ fromMs, price }) => [fromMs, price.standard[0].input]);
    expect(changes).toEqual([
      [-Infinity, 1_000_000],
      [Date.UTC(2026, 11, 1), 2_000_000],
    ]);
    expect(large?.retiresAtMs).toBe(Date.UTC(2026, 11, 11));
    expect(large?.targets[0]?.price).toBe(large?.price);
  });

  const cases: [what: string, path: string, message: string, spoil: (document: Document) => unknown][] = [
    [
      'a bad price of several',
      'models.large.price[1].input',
      'must be dollars per million tokens as decimal text',
      (d) => priceLarge(d, [plainPrice, { ...plainPrice, from: '2026-12-01', input: 1 }]),
    ],
    [
      'a day that there is not',
      'models.large.price[1].from',
      'must be a day of the calendar, such as "2026-12-01"',
      (d) => priceLarge(d, [plainPrice, { ...plainPrice, from: '2026-02-31' }]),
    ],
    [
      'a first price with a day',
      'models.large.price',
      "must begin with the price that was always in force, which has no 'from'",
      (d) => priceLarge(d, [{ ...plainPrice, from: '2026-12-01' }]),
    ],
    [
      'a later price without a day',
      'models.large.price',
      'and every other must have one',
      (d) => priceLarge(d, [plainPrice, plainPrice]),
    ],
    [
      'prices out of order',
      'models.large.price',
      "must be in ascending order of 'from', each day once",
      (d) => priceLarge(d, [plainPrice, { ...plainPrice, from: '2026-12-02' }, { ...plainPrice, from: '2026-12-02' }]),
    ],
    ['no price among several', 'models.large.price', 'must have at least one price', (d) => priceLarge(d, [])],
    [
      'a dated price where one is written alone',
      'models.large.price.from',
      'is not a known field',
      (d) => priceLarge(d, { ...plainPrice, from: '2026-12-01' }),
    ],
    [
      'a step of a dated price that is out of range',
      'models.large.price[0]',
      'has a step or a tier in which a rate that is not named would be above 1000 dollars',
      (d) => priceLarge(d, [{ input: '1', cachedInput: '900', output: '1', above: [{ inputTokens: 5, input: '2' }] }]),
    ],
    [
      'a retirement that is no day',
      'models.large.retires',
      'must be a day of the calendar, such as "2026-12-11"',
      (d) => Object.assign(d.models['large'] ?? {}, { retires: '2026-12-11T00:00:00Z' }),
    ],
    [
      'a price that is to be a cap, and is not one',
      'models.large.targets[0].capsPrice',
      'needs one price, without dates, steps or tiers',
      (d) => (d.models['large'] = { ...d.models['large'], targets: [cappedTarget] }),
    ],
    [
      'a price with steps that is to be a cap',
      'models.small.targets[0].capsPrice',
      'needs one price, without dates, steps or tiers',
      (d) =>
        Object.assign(d.models['small'] ?? {}, {
          targets: [cappedTarget],
          price: { ...plainPrice, above: [{ inputTokens: 5, input: '2' }] },
        }),
    ],
  ];

  it.each(cases)('are refused with their path: %s', (_what, path, message, spoil) => {
    const document = catalogDocument();
    spoil(document);
    const issues = catalogIssues(document);
    expect(issues.map((issue) => issue.path)).toContain(path);
    expect(issues.find((issue) => issue.path === path)?.message).toContain(message);
  });
});
