// The usage report over the wire that the panel uses: what is asked through the editor's door shows in it at once.
import { expect, test } from 'vitest';
import {
  type ExplainDecisionParams,
  type ExportUsageParams,
  type MarkdownResult,
  toRouter,
  type UsageExport,
  type UsageReportParams,
  type UsageReportResult,
} from '../../src/contract/messages.ts';
import { ask, rootOf, setStage, userMessage } from '../host/routerStage.ts';

const stage = setStage();
const HAIKU = 'anthropic/claude-haiku-5-5';
const policy = {
  version: 1,
  default: 'anthropic/claude-sonnet-5-5',
  classes: [{ id: 'chatter', when: { kind: 'chat' }, use: HAIKU, passFloor: 0.8 }],
  budgets: [{ id: 'mine', per: 'developer', period: 'day', usd: 5 }],
};

test('a chat that was answered is in the report, told in full and exported', async () => {
  await stage.policy(policy);
  await ask(stage.client, [userMessage('what is a monoid')], {}).result;
  const roots = rootOf(stage.repository.folder);
  const request = <Result>(method: string, params: object): Promise<Result> =>
    stage.client.connection.sendRequest<Result>(method, params);
  const since = Date.now() - 60_000;
  const report = await request<UsageReportResult>(toRouter.usageReport, { since, roots } satisfies UsageReportParams);
  const [decision] = report.decisions;
  expect(decision).toMatchObject({ class: 'chatter', target: HAIKU, outcome: 'served', attempts: 1 });
  expect(report.totals.requests).toBeGreaterThan(0);
  expect(report.heat.rows).toMatchObject([
    { class: 'chatter', work: 'question', passFloor: 0.8, route: [HAIKU], cells: { [HAIKU]: { tasks: 1, judged: 0 } } },
  ]);
  expect(report.budgets).toMatchObject([{ id: 'mine', spentNanoUsd: expect.any(Number) }]);
  expect(report.policy?.hash).toMatch(/^[0-9a-f]+$/);
  expect(report.warnings).toEqual([]);

  const explain: ExplainDecisionParams = { requestId: decision?.requestId ?? '', roots };
  const { markdown } = await request<MarkdownResult>(toRouter.explainDecision, explain);
  expect(markdown.replaceAll('\\', '')).toContain(`${HAIKU} (simulated) for \`chatter\``);
  expect(markdown.replaceAll('\\', '')).toContain(`- ${HAIKU}: served`);
  const unknown: ExplainDecisionParams = { requestId: 'nobody', roots };
  expect((await request<MarkdownResult>(toRouter.explainDecision, unknown)).markdown).toMatch(
    /not in the log any more/,
  );

  for (const [format, begins] of [
    ['csv', /^class,work,model,/],
    ['json', /^\{\n {2}"madeAt"/],
    ['focus', /^BilledCost,/],
  ] as const) {
    const params: ExportUsageParams = { since, roots, format };
    const { name, text } = await request<UsageExport>(toRouter.exportUsage, params);
    expect(name).toMatch(/^routing-policy-(?:usage|focus)-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.(?:csv|json)$/);
    expect(text).toMatch(begins);
  }
});
