// What a budget that is spent does in the real editor and to a client of the gateway: a cheaper model, a question, a refusal.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/steps.ts';
import { ask, lastAnswer, newChat, send, waitForAnswer } from '../../host/chat.ts';
import { readLedger } from '../../host/ledger.ts';
import { ROUTE_STATUS } from '../../host/vscode.ts';
import { haveChat, simulated, vscode } from './window.ts';

const PICTURES = join(ROOT, 'test-results', 'screenshots');
const FILE = '.routing-policy.json';

/** With a budget of which less is left than any request costs, unless it says otherwise. */
function policyThat(then?: string, usd = '0.0001'): string {
  const budgets = `"budgets": [{ "id": "day", "per": "developer", "period": "day", "usd": ${usd}, "then": ${then} }],`;
  return `{
  "version": 1,
  ${then === undefined ? '' : budgets}
  "default": "anthropic/claude-sonnet-5-5"
}`;
}

const REFUSAL = /Refused by budget day \(yours\): \$[\d.]+ of <?\$0\.0001 a day is spent\./;

/** A picture in the dark theme, and one in the light. */
async function pictures(name: string): Promise<void> {
  const { workbench } = vscode;
  const colour = (): Promise<string> =>
    workbench.page.locator('.part.statusbar').evaluate((part) => getComputedStyle(part).backgroundColor);
  const dark = await colour();
  await workbench.screenshot(join(PICTURES, `${name}-dark.png`));
  await workbench.command('Preferences: Toggle between Light/Dark Themes');
  const light = await workbench.until('the other colours', colour, (seen) => seen !== dark);
  await workbench.screenshot(join(PICTURES, `${name}-light.png`));
  await workbench.command('Preferences: Toggle between Light/Dark Themes');
  await workbench.until('dark colours', colour, (seen) => seen !== light);
}

/** Sends a message, and waits for the question that it raises. */
async function sendAndBeAsked(text: string): Promise<void> {
  const { workbench } = vscode;
  await newChat(workbench);
  await send(workbench, text);
  await workbench.until(
    'the question',
    () => workbench.notifications(),
    (messages) => messages.some((message) => message.includes('Budget "day"')),
  );
}

const questionMark = () => vscode.workbench.page.locator(`.part.statusbar [id="${ROUTE_STATUS}"] .codicon-question`);

export function budgets(): void {
  beforeAll(async () => {
    const { repository, workbench } = vscode;
    await repository.write({ [FILE]: policyThat() });
    await repository.git('commit', '--quiet', '--all', '--message', 'A policy without budgets');
    await haveChat();
    await workbench.command('View: Close All Editors');
    await newChat(workbench);
  });

  test('it chooses the cheaper model, and the status bar says which and why', async () => {
    const { workbench, repository } = vscode;
    expect(await ask(workbench, 'hello')).toContain('Simulated answer from claude-sonnet-5-5');
    await repository.write({ [FILE]: policyThat('{ "downgradeTo": "anthropic/claude-haiku-5-5" }') });
    expect(await ask(workbench, 'hello again')).toContain('Simulated answer from claude-haiku-5-5');
    await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('haiku-5-5'));
    const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
    expect(tooltip).toMatch(/Budget day chose a cheaper model: \$[\d.]+ of <?\$0\.0001 a day is spent/);
  });

  test('it serves what fits instead of what may cost more than is left, and says what that may cost', async () => {
    const { workbench, repository, server } = vscode;
    const spent = readLedger(server).reduce((sum, row) => sum + (row.cost_nano_usd ?? 0), 0) / 1e9;
    const usd = (spent + 0.012).toFixed(6);
    const policy = policyThat('"block"', usd).replace(
      '"default": "anthropic/claude-sonnet-5-5"',
      '"default": ["anthropic/claude-sonnet-5-5", "anthropic/claude-haiku-5-5"]',
    );
    await repository.write({ [FILE]: policy });
    expect(await ask(workbench, 'what fits')).toContain('Simulated answer from claude-haiku-5-5');
    await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('haiku-5-5'));
    expect(await workbench.statusTooltip(ROUTE_STATUS)).toMatch(
      /Budget day keeps out what it has no room for: \$[\d.]+ of \$[\d.]+ a day is spent; \$[\d.]+ is left, and this request may cost up to \$[\d.]+ on anthropic\/claude-sonnet-5-5/,
    );
  });

  test('it refuses, and says which budget, whose, how much, until when, and what to do', async () => {
    const { workbench, repository } = vscode;
    await repository.write({ [FILE]: policyThat('"block"') });
    const asked = simulated.anthropic.requests.length;
    await newChat(workbench);
    const refusal = await ask(workbench, 'one more question');
    expect(refusal).toMatch(REFUSAL);
    expect(refusal).toContain('Wait until midnight UTC');
    await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Blocked by policy');
    expect(simulated.anthropic.requests.length).toBe(asked);
    await pictures('budget-refusal');
  });

  test('a client of the gateway is refused in the same words, as a matter of money', async () => {
    const { repository, server, workbench } = vscode;
    const settings: unknown = JSON.parse(
      await readFile(join(server.profile, 'data', 'Machine', 'settings.json'), 'utf8'),
    );
    const token = (await readFile(join(server.profile, 'state', 'routing-policy', 'gateway-token'), 'utf8')).trim();
    const client = new OpenAI({
      apiKey: token,
      baseURL: `http://127.0.0.1:${Reflect.get(Object(settings), 'routingPolicy.gateway.port')}/v1`,
      defaultHeaders: { 'x-routing-root': repository.folder },
      maxRetries: 0,
    });
    const asked = simulated.anthropic.requests.length;
    const refused: unknown = await client.chat.completions
      .create({ model: 'gpt-6-sol', messages: [{ role: 'user', content: 'What is in this folder?' }] })
      .catch((error: unknown) => error);
    if (!(refused instanceof OpenAI.APIError)) throw new Error(`It was not refused: ${JSON.stringify(refused)}`);
    expect(refused.status).toBe(402);
    expect(refused.message.replaceAll('`', '')).toMatch(REFUSAL);
    expect(simulated.anthropic.requests.length).toBe(asked);
    await workbench.until(
      'it in the ledger',
      async () => readLedger(server).filter(({ surface }) => surface === 'gateway'),
      (rows) => rows.length === 1 && rows[0]?.outcome === 'blocked',
    );
  });

  test('it asks the person, once, and goes on for the task that they allow', async () => {
    const { workbench, repository } = vscode;
    await repository.write({ [FILE]: policyThat('"ask"') });
    await sendAndBeAsked('may I');
    const question = (await workbench.notifications()).join('\n');
    expect(question).toMatch(
      /Budget "day": \$[\d.]+ of <?\$0\.0001 a day is spent \(yours\)\. May anthropic\/claude-sonnet-5-5/,
    );
    expect(await workbench.notifications(), 'the title of the chat raises no question of its own').toHaveLength(1);
    const buttons = await workbench.page.locator('.notification-toast .monaco-button').allInnerTexts();
    expect(buttons).toEqual(['Allow for This Task', expect.stringMatching(/^Allow Until [^,]+$/), 'Do Not Allow']);
    const waits = 'A request waits: may more of budget "day" be spent? The notification asks.';
    // And not what was refused before.
    const { label } = await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'A budget asks');
    expect(label).toContain(waits);
    expect(await questionMark().isVisible(), 'a question mark in the status bar').toBe(true);
    await pictures('budget-question');
    expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain(waits);
    await workbench.pressNotificationButton('Allow for This Task');
    await questionMark().waitFor({ state: 'detached' });
    expect(await waitForAnswer(workbench)).toContain('Simulated answer from claude-sonnet-5-5');
    expect(await ask(workbench, 'and this')).toContain('Simulated answer from claude-sonnet-5-5');
    expect(await workbench.notifications()).toEqual([]);
  });

  test('it refuses another task when they say no, and names the command', async () => {
    const { workbench } = vscode;
    await sendAndBeAsked('may I once more');
    await workbench.pressNotificationButton('Do Not Allow');
    const refusal = await waitForAnswer(workbench);
    expect(refusal).toMatch(REFUSAL);
    expect(refusal).toContain('Allow More of a Budget');
  });

  test('the command allows more until the period ends', async () => {
    const { workbench } = vscode;
    await workbench.command('Routing Policy: Allow More of a Budget');
    await workbench.until(
      'the budgets that ask',
      () => workbench.quickPickRows(),
      (rows) => rows.join() === 'day',
    );
    await workbench.pick('day');
    await newChat(workbench);
    await ask(workbench, 'after that');
    expect(await lastAnswer(workbench)).toContain('Simulated answer from claude-sonnet-5-5');
    expect(await workbench.notifications()).toEqual([]);
    expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain('you allowed more');
  });
}
