import { describe, expect, it } from 'vitest';
import { csvText, decimalUsd, usageCsv } from './csv.ts';
import { focusCsv } from './focus.ts';
import type { FocusCell } from './focusCells.ts';

describe('CSV', () => {
  it.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['two\nlines', '"two\nlines"'],
    ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['\n=1', '"\'\n=1"'],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
    ['＠SUM(A1)', "'＠SUM(A1)"],
    ['a=1', 'a=1'],
    [' a', ' a'],
    [-1.5, '-1.5'],
    [0, '0'],
    [Number.POSITIVE_INFINITY, ''],
    [undefined, ''],
    [true, 'true'],
  ])('writes %j as %j', (value, written) => {
    expect(csvText([[value]])).toBe(`${written}\r\n`);
  });

  it.each([
    [0, '0'],
    [1, '0.000000001'],
    [1_500_000_000, '1.5'],
    [12_345_678_901, '12.345678901'],
    [-2_000_000_000, '-2'],
    [0.4, '0'],
    [Number.MAX_SAFE_INTEGER, '9007199.254740991'],
  ])('writes %d nano-dollars as %s dollars', (nano, usd) => {
    expect(decimalUsd(nano)).toBe(usd);
  });

  it('of a report has a line for each class, kind of work and model', () => {
    const cell = {
      costNanoUsd: 1_000_000_000,
      simulatedNanoUsd: 0,
      unpriced: 2,
      tasks: 5,
      judged: 4,
      successes: 0,
      unknown: 1,
      confidence: 'few' as const,
      passRate: { low: 0, high: 0.25 },
      costPerSuccessNanoUsd: { low: 1_000_000_000, high: Number.POSITIVE_INFINITY },
      belowFloor: true,
    };
    const row = {
      class: '=cmd',
      work: 'change' as const,
      passFloor: 0.9,
      route: ['a/x', 'b/y'],
      cells: { 'b/y': cell },
      seniorReview: true,
    };
    expect(usageCsv({ heat: { models: [{ target: 'b/y' }], rows: [row] } })).toBe(
      [
        'class,work,model,place_on_route,pass_floor,best,below_floor,confidence,tasks,judged,successes,unknown,' +
          'pass_rate_low,pass_rate_high,pass_rate_95_low,pass_rate_95_high,pass_rate_standardised,cost_usd,' +
          'simulated_usd,unpriced_attempts,cost_per_success_low_usd,cost_per_success_high_usd,' +
          'cost_per_success_95_low_usd,cost_per_success_95_high_usd',
        "'=cmd,change,b/y,2,0.9,false,true,few,5,4,0,1,0,0.25,,,,1,0,2,1,,,",
        '',
      ].join('\r\n'),
    );
  });
});

describe('FOCUS', () => {
  const cell: FocusCell = {
    day: '2026-11-22',
    class: 'tests',
    work: 'change',
    provider: 'anthropic',
    model: 'claude-haiku-5-5',
    billing: 'metered',
    input: 1_000,
    cacheRead: 10_000,
    cacheWrite: 0,
    output: 100,
    listNanoUsd: 2_500_001,
    billedNanoUsd: 2_500_001,
    isSimulated: false,
    unpriced: 0,
    tasks: 3,
    successes: 2,
  };
  const knowledge = {
    ratesOf: () => ({ input: 1_000, output: 5_000, cacheRead: 100, cacheWrite: 1_250 }),
    makerOf: () => 'anthropic',
  };
  /** The rows as objects, by the names of the columns. */
  const rowsOf = (cells: readonly FocusCell[], known = knowledge): Record<string, string>[] => {
    const [head = '', ...lines] = focusCsv(cells, known).trimEnd().split('\r\n');
    const names = head.split(',');
    return lines.map((line) => Object.fromEntries(line.split(',').map((value, place) => [names[place] ?? '', value])));
  };

  it('has a row for each kind of tokens, as it is written', () => {
    expect(focusCsv([cell], knowledge).split('\r\n').slice(1)).toEqual([
      '0.001,none: estimates of this machine,,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,' +
        'Estimate: input tokens of anthropic/claude-haiku-5-5,Usage-Based,2026-11-23T00:00:00Z,2026-11-22T00:00:00Z,' +
        '1000,Tokens,0.001,0.000001,0.001,anthropic,anthropic,0.001,0.000001,1000,Tokens,AI and Machine Learning,' +
        'claude-haiku-5-5,anthropic,Generative AI,anthropic/claude-haiku-5-5,Input Tokens,metered,tests,true,' +
        'anthropic,priced,2,3,input,change',
      '0.001,none: estimates of this machine,,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,' +
        'Estimate: cached input tokens of anthropic/claude-haiku-5-5,Usage-Based,2026-11-23T00:00:00Z,' +
        '2026-11-22T00:00:00Z,10000,Tokens,0.001,0.0000001,0.001,anthropic,anthropic,0.001,0.0000001,10000,Tokens,' +
        'AI and Machine Learning,claude-haiku-5-5,anthropic,Generative AI,anthropic/claude-haiku-5-5,' +
        'Cached Input Tokens,metered,tests,true,anthropic,priced,0,0,cache-read,change',
      '0.000500001,none: estimates of this machine,,USD,2026-12-01T00:00:00Z,2026-11-01T00:00:00Z,Usage,,' +
        'Estimate: output tokens of anthropic/claude-haiku-5-5,Usage-Based,2026-11-23T00:00:00Z,' +
        '2026-11-22T00:00:00Z,100,Tokens,0.000500001,0.00000500001,0.000500001,anthropic,anthropic,0.000500001,' +
        '0.00000500001,100,Tokens,AI and Machine Learning,claude-haiku-5-5,anthropic,Generative AI,' +
        'anthropic/claude-haiku-5-5,Output Tokens,metered,tests,true,anthropic,priced,0,0,output,change',
      '',
    ]);
  });

  it('has every column of the Cost and Usage dataset that FOCUS 1.4 makes mandatory, and no value missing that may not', () => {
    const notNull = [
      ...['BilledCost', 'BillingAccountId', 'BillingCurrency', 'BillingPeriodEnd', 'BillingPeriodStart'],
      ...['ChargeCategory', 'ChargePeriodEnd', 'ChargePeriodStart', 'ContractedCost', 'EffectiveCost'],
      ...['HostProviderName', 'InvoiceIssuerName', 'ListCost', 'ServiceCategory', 'ServiceName', 'ServiceProviderName'],
    ];
    const mayBeNull = ['BillingAccountName', 'ChargeClass', 'ChargeDescription', 'PricingQuantity', 'PricingUnit'];
    for (const row of rowsOf([cell, { ...cell, day: '2026-11-23', unpriced: 1, listNanoUsd: 0, billedNanoUsd: 0 }])) {
      expect(Object.keys(row)).toEqual(expect.arrayContaining([...notNull, ...mayBeNull]));
      for (const name of notNull) expect(row[name], name).not.toBe('');
    }
  });

  it('divides a cost to the last nano-dollar, and counts tasks once', () => {
    const rows = rowsOf([cell]);
    const nano = rows.reduce((sum, row) => sum + Math.round(Number(row['ListCost']) * 1e9), 0);
    expect(nano).toBe(cell.listNanoUsd);
    expect(rows.map((row) => row['x_SuccessfulTasks'])).toEqual(['2', '0', '0']);
  });

  it('bills nothing for what a seat covers, and says its list price', () => {
    const [row] = rowsOf([{ ...cell, billing: 'seat', billedNanoUsd: 0 }]);
    expect(row).toMatchObject({ BilledCost: '0', ListCost: '0.001', x_Billing: 'seat' });
  });

  it('has no unit price where nothing has a price, and divides by tokens where prices are gone', () => {
    const unpriced = { ...cell, listNanoUsd: 0, billedNanoUsd: 0, unpriced: 4 };
    const gone = { ratesOf: () => undefined, makerOf: () => undefined };
    expect(rowsOf([unpriced], gone as unknown as typeof knowledge)[0]).toMatchObject({
      ListUnitPrice: '',
      ListCost: '0',
      x_PricingStatus: 'unpriced',
      x_Maker: '',
    });
    expect(
      rowsOf([cell], gone as unknown as typeof knowledge).reduce((sum, row) => sum + Number(row['ListCost']), 0),
    ).toBeCloseTo(0.002500001, 12);
  });

  it('is the same in whatever order the ledger gives it, and a head alone of nothing', () => {
    const cells = [cell, { ...cell, class: 'docs' }, { ...cell, day: '2026-11-21' }];
    expect(focusCsv(cells.toReversed(), knowledge)).toBe(focusCsv(cells, knowledge));
    expect(focusCsv([], knowledge).split('\r\n')).toEqual([
      expect.stringMatching(/^BilledCost,.*x_TokenKind,x_Work$/),
      '',
    ]);
  });
});
