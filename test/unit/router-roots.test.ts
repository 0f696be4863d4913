// Several folders open at once: the active one's preferences, and what each touched one forbids.
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ask, policyFile, setStage } from '../host/routerStage.ts';

const stage = setStage();

const bank = {
  [policyFile]: JSON.stringify({
    version: 1,
    default: 'anthropic/claude-opus-5-5',
    constraints: [
      { id: 'ledger', when: { touches: ['ledger/**'] }, block: true, reason: 'the ledger stays here' },
      { id: 'no-openai', deny: ['openai/*'], reason: 'contract' },
    ],
  }),
  'ledger/book.ts': 'export const book = 1;\n',
  'web/page.ts': 'export const page = 1;\n',
};

async function asked(attachments: readonly string[]) {
  const other = await stage.newRepository(bank);
  const paths = attachments.map((path) =>
    path.replace('bank:', `${other.folder}/`).replace('shop:', `${stage.repository.folder}/`),
  );
  const tags = paths.map((path) => `<attachment filePath="${path}">x</attachment>`).join('');
  return ask(
    stage.client,
    `<attachments>${tags}</attachments><userRequest>explain ${attachments.join()}</userRequest>`,
    {
      roots: [stage.repository.folder, other.folder].map((folder) => pathToFileURL(folder).href),
    },
  ).result;
}

test('what another root forbids holds for its files, in its own words', async () => {
  const result = await asked(['shop:packages/core/src/sum.ts', 'bank:ledger/book.ts']);
  expect(result).toMatchObject({ kind: 'blocked' });
  expect(result.kind === 'blocked' && result.message).toContain('the ledger stays here');
  expect(stage.simulated.anthropic.requests).toHaveLength(0);
});

test('the active root’s preferences are used, and what the touched root denies is taken away', async () => {
  await stage.policy({ version: 1, default: ['openai/gpt-6-sol', 'anthropic/claude-sonnet-5-5'] });
  const result = await asked(['bank:web/page.ts']);
  expect(result).toMatchObject({ kind: 'served', status: { target: 'anthropic/claude-sonnet-5-5' } });
  expect(result.kind === 'served' && result.status.tooltip.replaceAll('\\', '')).toMatch(
    /routing-policy-repository-\w+:no-openai/,
  );
});

test('a root that is open and not touched says nothing', async () => {
  await stage.policy({ version: 1, default: ['openai/gpt-6-sol', 'anthropic/claude-sonnet-5-5'] });
  expect(await asked(['shop:packages/core/src/sum.ts'])).toMatchObject({ status: { target: 'openai/gpt-6-sol' } });
});
