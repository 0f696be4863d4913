// The policy file as it is edited, and providers as they fail: what a person sees, and what is asked of whom.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask, cancelAnswer, lastAnswer, newChat, send, setUpChat, waitForAnswer } from '../host/chat.ts';
import { readLedger } from '../host/ledger.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type RecordedRequest, type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

/** The editor's own small requests go to OpenAI, so that what Anthropic does is seen on the person's requests alone. */
const policyFor = (use: string): string => `{
  "version": 1,
  "models": { "small": ["anthropic/claude-haiku-5-5"], "large": ["anthropic/claude-opus-5-5"] },
  "classes": [
    { "id": "utility", "when": { "kind": ["title", "commit-message"] }, "use": "openai/gpt-6-luna" }
  ],
  "constraints": [
    { "id": "keys", "when": { "touches": ["**/.env"] }, "block": true, "reason": "keys stay on this machine" }
  ],
  "default": ${use}
}
`;

const POLICY = '.routing-policy.json';

let simulated: SimulatedProviders;
let vscode: VSCode;

beforeAll(async () => {
  // Slow enough for what comes before a fault to be shown.
  simulated = await startSimulatedProviders({ pace: { perDeltaMs: 25 } });
  vscode = await openVSCode({
    providers: simulated.providers,
    machineSettings: { 'routingPolicy.chat.timeoutSeconds': 5 },
    files: {
      [POLICY]: policyFor('["anthropic/claude-sonnet-5-5", "openai/gpt-6-sol"]'),
      '.env': 'KEY=never-to-be-sent\n',
    },
    onClose: () => simulated.stop(),
  });
  await vscode.workbench.waitForStatus(ROUTE_STATUS);
  await setUpChat(vscode.workbench);
});

beforeEach(() => {
  simulated.anthropic.recover();
  simulated.openai.recover();
  simulated.anthropic.forget();
  simulated.openai.forget();
});

afterAll(() => vscode?.close());

/** What reached `provider` because of the person, the editor's own small requests left out. */
const asked = (provider: 'anthropic' | 'openai'): readonly RecordedRequest[] =>
  simulated[provider].requests.filter(({ body }) => Array.isArray(body['tools']));

const modelsAsked = (provider: 'anthropic' | 'openai'): readonly string[] => asked(provider).map(({ model }) => model);

async function savePolicy(use: string): Promise<void> {
  await vscode.workbench.openFile(POLICY);
  await vscode.workbench.replaceText(policyFor(use));
}

/** The icon of the status bar item, as VS Code names it. */
async function statusIcon(): Promise<string> {
  const icon = vscode.workbench.page.locator(`[id="${ROUTE_STATUS}"] .codicon`).first();
  return /codicon-([\w-]+)/.exec((await icon.getAttribute('class')) ?? '')?.[1] ?? '';
}

test('saving a changed policy changes the model of the next request', async () => {
  const { workbench } = vscode;
  await ask(workbench, 'first');
  expect(modelsAsked('anthropic')).toEqual(['claude-sonnet-5-5']);
  await savePolicy('"small"');
  // A conversation stays with its model where the policy would only rather have another.
  await newChat(workbench);
  await ask(workbench, 'second');
  expect(modelsAsked('anthropic')).toEqual(['claude-sonnet-5-5', 'claude-haiku-5-5']);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('haiku-5-5 (simulated)'));
});

test('a mistake is underlined where it is, and the last good policy stays in force, visibly', async () => {
  const { workbench } = vscode;
  await savePolicy('"smal"');
  const problem = await workbench.waitForProblem(({ message }) => message.includes('smal'));
  expect(problem).toMatchObject({ line: 10, column: 14 });
  expect(problem.message).toContain('is not an alias in "models"');
  expect(await workbench.page.locator('.part.editor .squiggly-error').count()).toBeGreaterThan(0);
  await workbench.until('the warning', statusIcon, (icon) => icon === 'warning');
  expect(await workbench.statusTooltip(ROUTE_STATUS)).toContain(
    'The policy file has an error, so the last good version stays in force.',
  );
  await ask(workbench, 'third');
  expect(modelsAsked('anthropic')).toEqual(['claude-haiku-5-5']);
  expect(await statusIcon(), 'the warning stays until the file is mended').toBe('warning');
});

test('the quick fix mends it, and the warning goes', async () => {
  const { workbench } = vscode;
  await workbench.openFile(POLICY, 10, 16);
  await workbench.press('Control+.');
  const fix = workbench.page
    .locator('.action-widget .monaco-list-row')
    .filter({ hasText: 'Change to "small"' })
    .first();
  await fix.waitFor({ timeout: 30_000 });
  await fix.click();
  await workbench.until(
    'the fix',
    () => workbench.editorText(),
    (text) => text.includes('"default": "small"'),
  );
  await workbench.save();
  await workbench.until(
    'no problem',
    () => workbench.problems(),
    (problems) => problems.length === 0,
  );
  await workbench.until('no warning', statusIcon, (icon) => icon === 'git-compare');
});

test('a syntax error is told too', async () => {
  const { workbench } = vscode;
  await workbench.openFile(POLICY);
  await workbench.replaceText('{\n  "version": 1,\n  "default" "small"\n}\n');
  const problem = await workbench.waitForProblem();
  expect(problem.line).toBe(3);
  await workbench.until('the warning', statusIcon, (icon) => icon === 'warning');
  await savePolicy('"large"');
  await workbench.until('no warning', statusIcon, (icon) => icon === 'git-compare');
});

test('what a constraint guards is sent to nobody, and the status bar turns red', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  const answer = await ask(workbench, 'append "x" to .env');
  // What is merged refuses it as well; a rule that is the same in both is told once.
  expect(answer).toContain('Refused by keys because of .env: keys stay on this machine.');
  expect(answer).toContain('ask the owners of .routing-policy.json to change the rule');
  const sent = [...simulated.anthropic.requests, ...simulated.openai.requests].map(({ body }) => JSON.stringify(body));
  expect(sent.filter((body) => body.includes('never-to-be-sent'))).toEqual([]);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Blocked by policy');
  expect(
    await workbench.page
      .locator(`[id="${ROUTE_STATUS}"].error-kind, [id="${ROUTE_STATUS}"][style*="background"]`)
      .count(),
  ).toBe(1);
  expect(readLedger(vscode.server).at(-1)).toMatchObject({ outcome: 'blocked', provider: null });
});

test('when a provider answers 500, the next of the route serves, and the tooltip tells both', async () => {
  const { workbench } = vscode;
  await workbench.openFile('packages/core/src/order.ts');
  await savePolicy('["anthropic/claude-sonnet-5-5", "openai/gpt-6-sol"]');
  await newChat(workbench);
  simulated.anthropic.behave({ kind: 'status', status: 500 }, Infinity);
  expect(await ask(workbench, 'Who serves this?')).toContain('Simulated answer from gpt-6-sol');
  expect(asked('anthropic')).toMatchObject([{ model: 'claude-sonnet-5-5', status: 500 }]);
  expect(asked('openai')).toMatchObject([{ method: 'POST', path: '/v1/responses', model: 'gpt-6-sol', status: 200 }]);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('gpt-6-sol (simulated)'));
  const tooltip = await workbench.statusTooltip(ROUTE_STATUS);
  expect(tooltip).toContain('anthropic/claude-sonnet-5-5: server, 500');
  expect(tooltip).toContain('openai/gpt-6-sol: served');
  expect(
    readLedger(vscode.server)
      .filter(({ kind }) => kind === 'agent')
      .slice(-2),
  ).toMatchObject([
    { provider: 'anthropic', outcome: 'failed', failure: 'server', place: 0 },
    { provider: 'openai', outcome: 'served', fallback_from: 'anthropic/claude-sonnet-5-5', place: 1 },
  ]);
});

test('without another, the chat says in a sentence what happened and what to do', async () => {
  const { workbench } = vscode;
  await savePolicy('"large"');
  await newChat(workbench);
  simulated.anthropic.behave({ kind: 'status', status: 500 }, Infinity);
  const answer = await ask(workbench, 'And without another?');
  expect(answer).toContain('anthropic/claude-opus-5-5: "anthropic"');
  expect(answer).toContain('Simulated 500. That is on its side: ask again in a moment.');
  expect(answer).not.toMatch(/\n\s+at /);
  expect(answer).not.toContain('.js:');
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'Request failed');
  expect(await workbench.notifications()).toEqual([]);
});

test('a provider that hangs is given up after the time-out of the settings', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  simulated.anthropic.behave({ kind: 'hang' }, Infinity);
  const answer = await ask(workbench, 'Are you there?');
  expect(answer).toContain('routingPolicy.chat.timeoutSeconds');
  const [request] = asked('anthropic');
  expect(request?.aborted?.afterMs).toBeGreaterThan(4_500);
  expect(request?.aborted?.afterMs).toBeLessThan(9_000);
  expect(readLedger(vscode.server).at(-1)).toMatchObject({ outcome: 'failed', failure: 'timeout' });
});

test('an answer that is cut off is said to be incomplete, and is not begun anew elsewhere', async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  simulated.anthropic.behave({ kind: 'cut', afterDeltas: 24 }, Infinity);
  const answer = await ask(workbench, 'Finish this');
  // How much of what came is still to be seen is the chat's own affair: it draws it word by word.
  expect(answer).toContain('The answer was cut off.');
  expect(answer).toContain('What you see is incomplete: ask again.');
  expect(asked('anthropic')[0]?.deltasSent).toBe(24);
  expect(asked('anthropic')).toHaveLength(1);
  expect(asked('openai')).toEqual([]);
  expect(readLedger(vscode.server).at(-1)).toMatchObject({ outcome: 'cut' });
});

test("cancelling stops the provider's stream within a second", async () => {
  const { workbench } = vscode;
  await newChat(workbench);
  simulated.anthropic.behave({ kind: 'slow', perDeltaMs: 400 }, Infinity);
  await send(workbench, 'Take your time');
  await workbench.until(
    'the answer to begin',
    async () => asked('anthropic')[0]?.deltasSent ?? 0,
    (deltas) => deltas > 2,
  );
  const cancelled = await cancelAnswer(workbench);
  const request = await workbench.until(
    'the stream to end',
    async () => asked('anthropic')[0],
    (seen) => seen?.aborted !== undefined,
  );
  expect((request?.at ?? 0) + (request?.aborted?.afterMs ?? Infinity) - cancelled).toBeLessThan(1_000);
  await waitForAnswer(workbench);
  expect(await lastAnswer(workbench)).not.toMatch(/failed|error/i);
  await workbench.waitForStatus(ROUTE_STATUS, (text) => text === 'opus-5-5 (simulated) · cancelled');
  expect(readLedger(vscode.server).at(-1)).toMatchObject({ outcome: 'cancelled' });
});
