import { describe, expect, it } from 'vitest';
import { policyWith } from '../../routing/testing/world.ts';
import { exportedUsage } from './exportUsage.ts';
import { attempt, eachWithLedger, folder, HAIKU, reported, tasks, worldWith } from './ledgerReport.fixture.ts';
import { sparkline, usageReportPage } from './page.ts';

eachWithLedger();

describe('a report for people', () => {
  it('fits into words, with what the policy makes of the figures', async () => {
    attempt();
    tasks(60, 'kept');
    tasks(15, 'rejected');
    const policy = policyWith({ classes: [{ id: 'tests', when: {}, use: HAIKU, passFloor: 0.9 }] });
    const page = usageReportPage(await reported(policy));
    const heat = page.sections.find(({ heading }) => heading?.startsWith('Cost per successful task'));
    expect(heat?.table?.rows).toEqual([['tests', 'change', { text: '✗ →$0.0013 80 % n 75', tone: 'bad' }]]);
    expect(heat?.lines.at(-1)).toBe(
      'No model reaches the floor of `tests` (change): a senior should review this work.',
    );
  });

  it.each([
    [[], ''],
    [[0, 0], '··'],
    [[0, 1, 50, 100], '·▁▅█'],
  ])('draws days of %j as "%s"', (costs, blocks) => {
    expect(sparkline(costs.map((costNanoUsd) => ({ costNanoUsd })))).toBe(blocks);
  });

  it('says what to do where nothing was routed', async () => {
    const text = JSON.stringify(usageReportPage(await reported()));
    expect(text).toContain('Nothing was routed in these days.');
    expect(text).toContain('routing-policy exec');
  });

  it('becomes files', async () => {
    attempt();
    tasks(3, 'kept');
    const report = await reported();
    const file = (format: 'csv' | 'json' | 'focus') => exportedUsage(format, worldWith(), folder, report);
    expect(await file('csv')).toMatchObject({ name: 'routing-policy-usage-2026-10-24-to-2026-11-22.csv' });
    expect(JSON.parse((await file('json')).text)).toEqual(JSON.parse(JSON.stringify(report)));
    const { name, text } = await file('focus');
    expect(name).toBe('routing-policy-focus-2026-10-24-to-2026-11-22.csv');
    // 1,000 tokens in at 1,000 nano-dollars and 100 out at 5,000.
    expect(text.split('\r\n').map((line) => line.split(',')[0])).toEqual(['BilledCost', '0.001', '0.0005', '']);
  });
});
