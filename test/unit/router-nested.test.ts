// A repository that lies in an open folder: it may tighten what holds there, and loosen nothing.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import type { LspClient } from '../host/lspClient.ts';
import { createRepository, type Repository } from '../host/repository.ts';
import { ask, policyFile, samplePolicy, setStage } from '../host/routerStage.ts';

const stage = setStage();
const outer = {
  ...samplePolicy,
  constraints: [
    { id: 'ledger', when: { touches: ['services/ledger/**'] }, block: true, reason: 'the ledger stays here' },
    { id: 'wide', when: { diff: { lines: '>=4' } }, deny: ['codestral/*'], reason: 'small changes only' },
  ],
};
const text = 'export function add(a: number, b: number) {\n  return \n}\n';

let folder: string;
let made: Repository;
let client: LspClient;

beforeEach(async () => {
  made = await stage.newRepository({
    [policyFile]: JSON.stringify(outer),
    'services/ledger/book.ts': text,
    'services/web/page.ts': text,
  });
  folder = made.folder;
  client = await stage.start({ root: folder });
  stage.simulated.fim.behave({ kind: 'answer', answer: { text: 'a + b;' } });
});

async function completes(path: string, content = text, asked = client): Promise<boolean> {
  await asked.openDocument(path, 'typescript', content);
  const items = await asked.complete(path, 1, 9);
  return items.length > 0;
}

const nested = (at: string, files: Record<string, string> = {}) =>
  createRepository({ folder: join(folder, at), files });

describe('a repository inside an open one', () => {
  test('does not take its files out of what holds around it', async () => {
    expect(await completes('services/ledger/book.ts')).toBe(false);
    await nested('services/ledger');
    expect(await completes('services/ledger/other.ts')).toBe(false);
    expect(client.statuses.at(-1)).toMatchObject({ state: 'blocked' });
    expect(client.statuses.at(-1)?.tooltip).toContain('the ledger stays here');
    expect(stage.simulated.fim.requests).toHaveLength(0);
  });

  test('is not told by what it says itself: a policy and an own mode of its own loosen nothing', async () => {
    await nested('services', { [policyFile]: JSON.stringify({ ...samplePolicy, mode: 'observe', constraints: [] }) });
    expect(await completes('services/ledger/book.ts')).toBe(false);
    expect(await completes('services/web/page.ts')).toBe(true);
  });

  test('may tighten, with its own preferences', async () => {
    const own = { version: 1, default: 'codestral/codestral-latest' };
    const web = { id: 'no-pages', when: { touches: ['page.ts'] }, block: true, reason: 'by hand' };
    await nested('services/web', { [policyFile]: JSON.stringify({ ...own, constraints: [web] }) });
    expect(await completes('services/web/page.ts')).toBe(false);
    expect(client.statuses.at(-1)?.tooltip).toContain('by hand');
    expect(await completes('services/web/other.ts')).toBe(true);
  });

  test('enforces its own rules though what lies around only observes', async () => {
    await made.write({ [policyFile]: JSON.stringify({ ...samplePolicy, mode: 'observe' }) });
    await made.commit('Only observe');
    const blocks = { id: 'b', when: { touches: ['page.ts'] }, block: true, reason: 'by hand' };
    const own = { version: 1, default: 'codestral/codestral-latest', constraints: [blocks] };
    await nested('services/web', { [policyFile]: JSON.stringify(own) });
    expect(await completes('services/web/page.ts')).toBe(false);
  });

  test('makes no change smaller by committing it', async () => {
    const changed = `${text}// one\n// two\n// three\n// four\n`;
    await nested('services/web', { 'page.ts': changed, [policyFile]: JSON.stringify(samplePolicy) });
    expect(await completes('services/web/page.ts', changed)).toBe(false);
  });

  test('lies in the repositories between as well', async () => {
    const forbids = {
      version: 1,
      default: 'codestral/codestral-latest',
      constraints: [{ id: 'm', when: { touches: ['inner/**'] }, block: true, reason: 'the middle says so' }],
    };
    await nested('services/web', { [policyFile]: JSON.stringify(forbids) });
    await nested('services/web/inner', {
      [policyFile]: JSON.stringify({ version: 1, default: 'codestral/codestral-latest' }),
    });
    expect(await completes('services/web/inner/page.ts')).toBe(false);
    expect(client.statuses.at(-1)?.tooltip).toContain('the middle says so');
  });

  test('that is opened by itself goes by its own policy: what lies around it was not opened', async () => {
    await nested('services/ledger', { [policyFile]: JSON.stringify(samplePolicy) });
    const alone = await stage.start({ root: join(folder, 'services/ledger') });
    expect(await completes('book.ts', text, alone)).toBe(true);
    const folders = [folder, join(folder, 'services/ledger')].map((path) => ({
      uri: pathToFileURL(path).href,
      name: path,
    }));
    alone.connection.onRequest('workspace/workspaceFolders', () => folders);
    await alone.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: folders.slice(0, 1), removed: [] },
    });
    await expect.poll(() => completes(`book${performance.now()}.ts`, text, alone)).toBe(false);
  });

  test('has its chats judged so too', async () => {
    await nested('services/ledger', { [policyFile]: JSON.stringify(samplePolicy), 'new.ts': text });
    const tags = `<attachments><attachment filePath="${join(folder, 'services/ledger/new.ts')}">x</attachment></attachments><userRequest>explain</userRequest>`;
    const roots = [join(folder, 'services/ledger'), folder].map((path) => pathToFileURL(path).href);
    const result = await ask(client, tags, { roots }).result;
    expect(result).toMatchObject({ kind: 'blocked' });
  });

  test('has chats of a client that names the folders itself judged so', async () => {
    await nested('services/ledger', { [policyFile]: JSON.stringify(samplePolicy), 'new.ts': text });
    const path = join(folder, 'services/ledger/new.ts');
    const tags = `<attachments><attachment filePath="${path}">x</attachment></attachments><userRequest>explain</userRequest>`;
    const roots = [join(folder, 'services/ledger'), folder].map((open) => pathToFileURL(open).href);
    expect(await ask(stage.client, tags, { roots: roots.slice(0, 1) }).result).toMatchObject({ kind: 'served' });
    expect(await ask(stage.client, tags, { roots }).result).toMatchObject({ kind: 'blocked' });
  });
});

test('a folder without git inside an open one without git goes by the policy of the open one', async () => {
  const plain = await stage.folder();
  await mkdir(join(plain, 'secret'));
  const blocks = { id: 's', when: { touches: ['secret/**'] }, block: true, reason: 'kept here' };
  await writeFile(join(plain, policyFile), JSON.stringify({ ...samplePolicy, constraints: [blocks] }));
  const asked = await stage.start({ root: plain });
  expect(await completes('secret/a.ts', text, asked)).toBe(false);
  expect(asked.statuses.at(-1)?.tooltip).toContain('kept here');
  expect(await completes('open.ts', text, asked)).toBe(true);
});
