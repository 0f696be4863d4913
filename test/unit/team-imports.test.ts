// What was billed elsewhere, beside what went by the policy.
import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type CoverageRow, coverage } from '../../src/team/imports/coverage.ts';
import { importFile } from '../../src/team/imports/importFile.ts';
import type { ImportSource } from '../../src/team/imports/importTables.ts';
import { ORG, startTeamStage, TEAM } from '../host/teamStage.ts';

const USD = 1e9;
const NOON = Date.UTC(2026, 10, 23, 12);
const started = await startTeamStage({ now: NOON });

const anthropicCosts = (amount: string, more: object = {}, day = '2026-11-03') => ({
  data: [
    {
      starting_at: `${day}T00:00:00Z`,
      ending_at: `${day}T23:59:59Z`,
      results: [
        {
          amount,
          currency: 'USD',
          model: 'claude-opus-5-5',
          cost_type: 'tokens',
          token_type: 'output_tokens',
          workspace_id: null,
          ...more,
        },
      ],
    },
  ],
  has_more: false,
  next_page: null,
});
const openAiCosts = (value: number | string, more: object = {}) => ({
  object: 'page',
  data: [
    {
      object: 'bucket',
      start_time: Date.UTC(2026, 10, 4) / 1_000,
      end_time: Date.UTC(2026, 10, 5) / 1_000,
      results: [
        {
          object: 'organization.costs.result',
          amount: { value, currency: 'usd' },
          line_item: 'gpt-6-sol, input',
          project_id: 'p1',
          ...more,
        },
      ],
    },
  ],
});
const copilotLine = (user: number, credits: number | undefined, day = '2026-11-05'): string =>
  JSON.stringify({
    day,
    enterprise_id: '1',
    user_id: user,
    user_login: `octocat-${user}`,
    ...(credits === undefined ? {} : { ai_credits_used: credits }),
    totals_by_cli: { token_usage: { prompt_tokens_sum: 3_800, output_tokens_sum: 500 } },
  });
const focusHead =
  'BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceCategory,ServiceName,SkuId,ChargeDescription';

describe.skipIf(started === undefined)('imports of what was billed elsewhere', () => {
  const stage = started as NonNullable<typeof started>;
  afterAll(() => stage.stop(), 60_000);
  beforeEach(async () => {
    stage.setNow(NOON);
    await sql`TRUNCATE imports, import_rows, attempt_rollups, attempt_presence, unrouted_signals, audit_log`.execute(
      stage.database,
    );
  });

  const take = (source: ImportSource, content: string | object) =>
    importFile(stage.services, {
      orgId: ORG,
      source,
      bytes: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
      who: 'Ada',
    });
  const november = () => coverage(stage.services, ORG, { from: '2026-11-01', until: '2026-11-30' });
  const rowOf = async (provider: string): Promise<CoverageRow | undefined> =>
    (await november()).rows.find((row) => row.provider === provider);

  it.each([
    ['anthropic', anthropicCosts('12345.5'), 123.455],
    ['openai', openAiCosts(0.06), 0.06],
    ['openai', openAiCosts('12.5'), 12.5],
    ['copilot', `${copilotLine(1, 1_250)}\n${copilotLine(2, 50.5)}\n`, 13.005],
    [
      'focus',
      `${focusHead}\n7.25,USD,2026-11-06T00:00:00Z,Anthropic,AI and Machine Learning,Claude,s1,"a, ""b""\nc"\n`,
      7.25,
    ],
  ] as const)('of %s are in dollars', async (source, content, usd) => {
    expect(await take(source, content)).toMatchObject({ kind: 'imported', unreadCount: 0 });
    expect(await rowOf(source === 'focus' ? 'anthropic' : source)).toMatchObject({
      month: '2026-11',
      billedNanoUsd: Math.round(usd * USD),
      billedBy: source,
    });
  });

  it('in a file with a quote that is never closed are taken in row by row, and what was left out is told', async () => {
    const row = (usd: string, sku: string) =>
      `${usd},USD,2026-11-06T00:00:00Z,Anthropic,AI and Machine Learning,Claude,${sku},any\n`;
    const torn = row('2', 's2').replace('any', '"any');
    expect(await take('focus', `${focusHead}\n${row('1', 's1')}${torn}${row('4', 's3')}`)).toMatchObject({
      kind: 'imported',
      rows: 2,
      unread: [{ where: 'line 3', why: 'It has a quote that is not closed.' }],
    });
    expect(await rowOf('anthropic')).toMatchObject({ billedNanoUsd: 5 * USD });
    // The mended file brings what was missing, and nothing twice.
    await take('focus', `${focusHead}\n${row('1', 's1')}${row('2', 's2')}${row('4', 's3')}`);
    expect(await rowOf('anthropic')).toMatchObject({ billedNanoUsd: 7 * USD });
  });

  it('of Copilot with fewer credits than none change nothing, row by row', async () => {
    await take('copilot', copilotLine(1, 500));
    expect(await take('copilot', `${copilotLine(1, -1)}\n${copilotLine(2, 100)}\n`)).toMatchObject({
      rows: 1,
      unread: [{ where: 'line 1', why: '"ai_credits_used" is less than none.' }],
    });
    expect(await rowOf('copilot')).toMatchObject({ billedNanoUsd: 6 * USD });
  });

  it.each([
    [
      'anthropic',
      {
        data: [
          {
            starting_at: '2026-11-03T00:00:00Z',
            results: [
              {
                uncached_input_tokens: 10,
                cache_read_input_tokens: 20,
                cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
                output_tokens: 5,
                model: 'm',
              },
            ],
          },
        ],
      },
      42,
    ],
    [
      'openai',
      {
        data: [
          {
            start_time: Date.UTC(2026, 10, 4) / 1_000,
            results: [
              { input_tokens: 1_000, input_cached_tokens: 800, output_tokens: 500, num_model_requests: 5, model: 'm' },
            ],
          },
        ],
      },
      1_500,
    ],
  ] as const)('of %s tell tokens where they tell no costs', async (source, content, tokens) => {
    expect(await take(source, content)).toMatchObject({ kind: 'imported', rows: 1, unreadCount: 0 });
    const row = await rowOf(source);
    expect(row?.billedTokens).toBe(tokens);
    expect(row?.billedNanoUsd).toBeUndefined();
  });

  it('count the same file once, and the same row of several files as the newest has it', async () => {
    await take('anthropic', anthropicCosts('100'));
    expect(await take('anthropic', anthropicCosts('100'))).toEqual({ kind: 'known', at: NOON, by: 'Ada' });
    await take('anthropic', { ...anthropicCosts('250'), has_more: true });
    expect(await rowOf('anthropic')).toMatchObject({ billedNanoUsd: 2.5 * USD });
  });

  it('count a day of Copilot once, whatever report it stands in', async () => {
    await take('copilot', [copilotLine(1, 100), copilotLine(2, 100)].join('\n'));
    await take('copilot', [copilotLine(1, 100), copilotLine(3, 100), copilotLine(1, 100, '2026-11-06')].join('\n'));
    await take('copilot', `[${copilotLine(1, 100)},${copilotLine(1, 100)}]`);
    expect(await rowOf('copilot')).toMatchObject({ billedNanoUsd: 4 * USD });
  });

  it('count a day once though it is told by other things than before', async () => {
    await take('openai', openAiCosts(5));
    await take('openai', openAiCosts(5, { line_item: null }));
    await take('openai', openAiCosts(7, { line_item: null, project_id: null }));
    expect(await rowOf('openai')).toMatchObject({ billedNanoUsd: 7 * USD });
  });

  it('keep two rows of one file that nothing tells apart', async () => {
    const page = openAiCosts(5);
    const [bucket] = page.data;
    await take('openai', { data: [{ ...bucket, results: [...(bucket?.results ?? []), ...(bucket?.results ?? [])] }] });
    expect(await rowOf('openai')).toMatchObject({ billedNanoUsd: 10 * USD });
  });

  it('count a provider’s own word, and not a bill of the same as well', async () => {
    await take('focus', `${focusHead}\n9,USD,2026-11-06,Anthropic,,,s1,\n`);
    await take('anthropic', anthropicCosts('800'));
    expect(await rowOf('anthropic')).toMatchObject({ billedNanoUsd: 8 * USD, billedBy: 'anthropic' });
  });

  it('of a cloud’s bill are what is of models', async () => {
    const lines = [
      '5,USD,2026-11-06,Amazon Web Services,Compute,EC2,s1,a machine',
      '6,USD,2026-11-06,Amazon Web Services,AI and Machine Learning,Amazon Bedrock,s2,Claude',
      '7,USD,2026-11-06,GitHub,Developer Tools,GitHub Copilot,s3,seats',
    ];
    expect(await take('focus', `${focusHead}\r\n${lines.join('\r\n')}\r\n`)).toMatchObject({ rows: 2, leftOut: 1 });
    expect((await november()).rows.map(({ provider, billedNanoUsd = 0 }) => [provider, billedNanoUsd / USD])).toEqual([
      ['copilot', 7],
      ['bedrock', 6],
    ]);
  });

  it('tell each row that cannot be read, with its line, and read the others', async () => {
    const lines = [
      'x,USD,2026-11-06,OpenAI,,,a,',
      '1,EUR,2026-11-06,OpenAI,,,b,',
      '1,USD,never,OpenAI,,,c,',
      '1,USD',
      '2,USD,2026-11-06,OpenAI,,,"d\nd",',
      '1,USD,2026-11-06,,AI and Machine Learning,,e,',
    ];
    expect(await take('focus', `${focusHead}\n${lines.join('\n')}\n`)).toMatchObject({
      kind: 'imported',
      rows: 1,
      unreadCount: 5,
      unread: [
        { where: 'line 2', why: expect.stringContaining('BilledCost') },
        { where: 'line 3', why: expect.stringContaining('BillingCurrency') },
        { where: 'line 4', why: expect.stringContaining('ChargePeriodStart') },
        { where: 'line 5', why: expect.stringContaining('2 cells') },
        { where: 'line 8', why: expect.stringContaining('provider') },
      ],
    });
    expect(
      await take(
        'copilot',
        `${copilotLine(1, 5)}\n{\n${copilotLine(2, -5)}\n${JSON.stringify({ day_totals: [] })}\n[]`,
      ),
    ).toMatchObject({
      rows: 1,
      unread: [{ where: 'line 2' }, { where: 'line 3' }, { where: 'line 4' }, { where: 'line 5' }],
    });
    const pretty = JSON.stringify({ data: [...anthropicCosts('5').data, ...anthropicCosts('x').data] }, undefined, 2);
    const line = pretty.split('\n').findIndex((text) => text.includes('"x"'));
    expect(await take('anthropic', pretty)).toMatchObject({
      rows: 1,
      unread: [{ where: `line ${line}`, why: expect.stringContaining('amount') }],
    });
  });

  it.each([
    ['focus', 'a,b\n1,2\n', /BilledCost/],
    ['focus', `"${focusHead}\n1,2,3,4,5,6,7,8`, /first line.*not closed/],
    ['anthropic', '{}', /data/],
    ['openai', 'no json', /JSON/],
    ['copilot', '', /no row/],
    ['copilot', '[1', /JSON/],
  ] as const)('of %s that are none are refused as a whole: %j', async (source, content, words) => {
    expect(await take(source, content)).toEqual({ kind: 'refused', message: expect.stringMatching(words) });
    expect((await november()).imports).toEqual([]);
  });

  it('refuse our own estimates as a bill', async () => {
    const own = `${focusHead},x_CostIsEstimate\n1,USD,2026-11-06,OpenAI,,,a,,true\n`;
    expect(await take('focus', own)).toMatchObject({ rows: 0, unread: [{ why: expect.stringContaining('estimate') }] });
  });

  it('keep nobody’s name and number', async () => {
    await take('copilot', copilotLine(4_711_815, 5));
    const { rows } = await sql<{ all: string }>`SELECT string_agg(r::text, ' ') AS all FROM import_rows r`.execute(
      stage.database,
    );
    expect(rows[0]?.all).not.toMatch(/4711815|octocat/);
  });

  describe('beside what is known otherwise', () => {
    async function routed(provider: string, nanoUsd: number, persons: number, day = '2026-11-07'): Promise<void> {
      const cell = Buffer.from(`${provider} ${day}`).toString('hex').slice(0, 32);
      await stage.database
        .insertInto('attempt_rollups')
        .values({
          org_id: ORG,
          team_id: TEAM,
          day,
          cell,
          class: 'c',
          kind: 'agent',
          surface: 'agent',
          provider,
          model: 'm',
          policy: '',
          labels: '{}',
          simulated: false,
          billing: 'metered',
          attempts: persons,
          refusals: 0,
          failures: 0,
          cut: 0,
          cancelled: 0,
          fallbacks: 0,
          overrides_person: 0,
          overrides_client: 0,
          input_tokens: 0,
          cache_read_tokens: 0,
          cache_write_tokens: 0,
          output_tokens: 0,
          reasoning_tokens: 0,
          estimated: 0,
          cost_nano_usd: nanoUsd,
          billed_nano_usd: nanoUsd,
          unpriced: 0,
          latency: '{}',
          first_token: '{}',
        })
        .execute();
      const epoch = Math.floor(Date.parse(day) / (28 * 86_400_000));
      for (let n = 0; n < persons; n += 1) {
        const person = String(n).padStart(16, '0');
        await stage.database
          .insertInto('attempt_presence')
          .values({ org_id: ORG, team_id: TEAM, day, cell, epoch, person })
          .execute();
      }
    }

    it('tell what tools have reported themselves', async () => {
      await sql`INSERT INTO unrouted_signals (org_id, team_id, day, source, provider, model, signal, requests, input_tokens,
          cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nano_usd)
        VALUES (${ORG}, ${TEAM}, '2026-11-07', 'claude-code', 'anthropic', 'm', 'metrics', 1, 5, 0, 0, 6, 0, ${USD})`.execute(
        stage.database,
      );
      expect(await rowOf('anthropic')).toMatchObject({ reported: { nanoUsd: USD, tokens: 11 } });
    });

    it('tell installations that have gone silent, where neither they nor the others are few', async () => {
      const epochDay = (n: number) =>
        new Date((Math.floor(NOON / (28 * 86_400_000)) * 28 + n) * 86_400_000).toISOString().slice(0, 10);
      const at = (n: number) => stage.setNow(Date.parse(epochDay(n)) + 1_000);
      await routed('anthropic', USD, 12, epochDay(1));
      await routed('anthropic', USD, 6, epochDay(12));
      at(5);
      expect((await november()).silent).toEqual({ kind: 'too-early' });
      at(15);
      const inSteps = { kind: 'known', seen: 10, silent: 5, since: epochDay(6) };
      expect((await november()).silent).toEqual(inSteps);
      // Neither who is heard of again today, nor who is new.
      await routed('mistral', USD, 13, epochDay(14));
      expect((await november()).silent).toEqual(inSteps);
      await routed('openai', USD, 9, epochDay(13));
      expect((await november()).silent).toEqual({ kind: 'withheld' });
    });
  });

  describe('on their page', () => {
    async function send(
      by: Awaited<ReturnType<typeof stage.signIn>>,
      source: string,
      content: string,
    ): Promise<Response> {
      const form = new FormData();
      form.set('csrf', by.csrfToken);
      form.set('source', source);
      form.set('file', new Blob([content]), '<b>.csv');
      return fetch(`${stage.url}/imports`, {
        method: 'POST',
        headers: { ...by.headers, origin: stage.url },
        body: form,
      });
    }

    it('are taken in by admins, who are told what became of each row', async () => {
      const admin = await stage.signIn('admin', 'Grace');
      expect(await (await fetch(`${stage.url}/imports`, { headers: admin.headers })).text()).toContain('FOCUS');
      const answer = await send(
        admin,
        'focus',
        `${focusHead}\n1,USD,2026-11-06,OpenAI,,,a,\nx,USD,2026-11-06,OpenAI,,,b,\n`,
      );
      expect(answer.status).toBe(200);
      const page = await answer.text();
      expect(page).toContain('1 rows were taken in');
      expect(page).toContain('line 3');
      expect((await november()).imports).toMatchObject([{ source: 'focus', at: NOON, until: '2026-11-06' }]);
      expect((await send(admin, 'focus', 'x')).status).toBe(422);
      expect((await send(admin, 'other', 'x')).status).toBe(400);
    });

    it('are taken in from nobody else', async () => {
      expect((await send(await stage.signIn('viewer'), 'focus', focusHead)).status).toBe(403);
      const admin = await stage.signIn('admin');
      expect((await send({ ...admin, csrfToken: 'x' }, 'focus', focusHead)).status).toBe(403);
      expect((await fetch(`${stage.url}/imports`)).status).toBe(401);
    });
  });
});
