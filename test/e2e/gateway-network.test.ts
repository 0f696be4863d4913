// A terminal's client in a company's network: the editor's own proxy settings, and an authority that only the company knows.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/steps.ts';
import { type CorporateNetwork, hasOpenssl, startCorporateNetwork } from '../host/corporateNetwork.ts';
import { newTerminal, runInTerminal } from '../host/terminal.ts';
import { openVSCode, ROUTE_STATUS, type VSCode } from '../host/vscode.ts';
import { type SimulatedProviders, startSimulatedProviders } from '../simulated/main.ts';

const SCRIPT = `import Anthropic from ${JSON.stringify(pathToFileURL(join(ROOT, 'node_modules/@anthropic-ai/sdk/index.mjs')).href)};
const messages = [{ role: 'user', content: 'Are you there?' }];
const answer = await new Anthropic({ maxRetries: 0 }).messages.create({ model: 'claude-opus-5-5', max_tokens: 99, messages });
console.log(answer.content[0].text);
`;

let simulated: SimulatedProviders;
let company: CorporateNetwork;
let vscode: VSCode;

describe.skipIf(!hasOpenssl())('behind a proxy that wants a credential, with a private authority', () => {
  beforeAll(async () => {
    simulated = await startSimulatedProviders();
    const { anthropic } = simulated.providers;
    if (anthropic === undefined || !('baseUrl' in anthropic)) throw new Error('There is no simulated provider.');
    company = await startCorporateNetwork(Number(new URL(String(anthropic.baseUrl)).port));
    vscode = await openVSCode({
      providers: { ...simulated.providers, anthropic: { ...anthropic, baseUrl: company.baseUrl } },
      machineSettings: { 'routingPolicy.terminal.route': 'on' },
      settings: { 'http.proxy': company.proxy, 'http.proxyAuthorization': company.authorization },
      env: { NODE_EXTRA_CA_CERTS: company.authorityFile },
      files: { 'ask.mjs': SCRIPT },
      onClose: async () => {
        await company.stop();
        await simulated.stop();
      },
    });
    await vscode.workbench.waitForStatus(ROUTE_STATUS);
  });
  afterAll(() => vscode?.close());

  test('a terminal’s client is answered by the provider that only the proxy can reach', async () => {
    const { workbench, repository } = vscode;
    await workbench.until(
      'the gateway',
      () => workbench.statusTooltip(ROUTE_STATUS),
      (text) => text.includes('Terminals are routed.'),
    );
    await newTerminal(workbench);
    await runInTerminal(workbench, `${JSON.stringify(process.execPath)} ask.mjs > answer.txt 2>&1`);
    const file = join(repository.folder, 'answer.txt');
    const answer = await workbench.until('the answer', () => readFile(file, 'utf8').catch(() => ''), Boolean);
    expect(answer).toContain('Simulated answer from claude-sonnet-5-5');
    expect(company.asked).toContain(new URL(company.baseUrl).host);
    await workbench.waitForStatus(ROUTE_STATUS, (text) => text.startsWith('sonnet-5-5'));
  });
});
