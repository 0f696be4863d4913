import { randomUUID } from 'node:crypto';
import { rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LspClient } from '../host/lspClient.ts';
import { ask, attached, policyFile, rootOf, samplePolicy, setStage } from '../host/routerStage.ts';

const stage = setStage();

/** After so long what was seen of a file is remembered, in milliseconds. */
const SETTLED_MS = 120;

const toSol = { version: 1, default: 'openai/gpt-6-sol' };
const small = JSON.stringify(toSol);
const sonnet = 'anthropic/claude-sonnet-5-5';
const sol = 'openai/gpt-6-sol';
const sent = (): number => stage.simulated.anthropic.requests.length + stage.simulated.openai.requests.length;
/** The beginning of a conversation of its own, so that nothing that was routed before keeps its model. */
const anew = (): string => `hello ${randomUUID()}`;
const inFolder = (folder: string, client: LspClient = stage.client) =>
  ask(client, anew(), { roots: rootOf(folder) }).result;

describe('the policy in force', () => {
  test('is the saved one, for the very next request, however fast it is saved again', async () => {
    for (const [target, model] of [
      [sol, 'gpt-6-sol'],
      ['openai/gpt-6-luna', 'gpt-6-luna'],
      [sol, 'gpt-6-sol'],
    ] as const) {
      await stage.policy({ version: 1, default: target });
      await ask(stage.client, anew()).result;
      expect(stage.simulated.openai.requests.at(-1)?.model).toBe(model);
    }
  });

  test.each<[string, (file: string, text: string) => Promise<void>]>([
    ['written in place', writeFile],
    [
      'put in its place',
      async (file, text) => {
        await writeFile(`${file}.new`, text);
        await rename(`${file}.new`, file);
      },
    ],
    [
      'linked to from there',
      async (file, text) => {
        const other = join(dirname(file), `${randomUUID()}.json`);
        await writeFile(other, text);
        await rm(file);
        await symlink(other, file);
      },
    ],
  ])(
    'is the saved one for the very next request, where for a while all was as it had been, when it is %s',
    async (_, save) => {
      const { folder } = stage.repository;
      for (const model of Array.from({ length: 4 }, () => ['gpt-6-sol', 'gpt-6-lun']).flat()) {
        // As long as the one before: only what the system keeps of a file tells the two apart.
        await save(join(folder, policyFile), JSON.stringify({ version: 1, default: `openai/${model}` }));
        expect(await inFolder(folder)).toMatchObject({ kind: 'served', status: { target: `openai/${model}` } });
        await sleep(SETTLED_MS);
        for (let n = 0; n < 3; n += 1)
          expect(await inFolder(folder)).toMatchObject({ kind: 'served', status: { target: `openai/${model}` } });
      }
    },
    30_000,
  );

  test('is the last good one while the file is broken, visibly, until it is mended', async () => {
    await ask(stage.client, 'one').result;
    await stage.policy('{ "version": 1, "defualt": "openai/gpt-6-sol" }');
    const result = await ask(stage.client, 'two').result;
    expect(result).toMatchObject({ kind: 'served', status: { target: sonnet } });
    expect(result.kind === 'served' && result.status.warning).toMatch(/last good version.*line 1, column/s);
    await stage.policy(toSol);
    const mended = await ask(stage.client, 'three').result;
    expect(mended).toMatchObject({ kind: 'served', status: { target: sol } });
    expect(mended.kind === 'served' && mended.status.warning).toBeUndefined();
  });

  test('is told at once when the file is saved broken, and when it is mended', async () => {
    await ask(stage.client, 'one').result;
    await stage.policy('{');
    await stage.client.openDocument(policyFile, 'jsonc', '{');
    await stage.client.saveDocument(policyFile);
    await expect.poll(() => stage.client.statuses.at(-1)?.warning).toContain('last good');
    await stage.policy(toSol);
    await stage.client.saveDocument(policyFile);
    await expect.poll(() => stage.client.statuses.at(-1)?.warning).toBeUndefined();
    await stage.client.connection.sendNotification('textDocument/didClose', {
      textDocument: { uri: stage.client.uri(policyFile) },
    });
  });

  test('is the committed one where the file is broken from the start, as long as that stands', async () => {
    const repository = await stage.newRepository({ [policyFile]: JSON.stringify(samplePolicy) });
    await repository.write({ [policyFile]: '{ "version": 2 }' });
    expect(await inFolder(repository.folder)).toMatchObject({ kind: 'served', status: { target: sonnet } });
  });

  test('is the new committed one where another was committed while the file is broken', async () => {
    const repository = await stage.newRepository({ [policyFile]: '{' });
    expect((await inFolder(repository.folder)).kind).toBe('answered-by-routing');
    await repository.write({ [policyFile]: small });
    await repository.commit('Mend the policy');
    await repository.write({ [policyFile]: '{' });
    expect(await inFolder(repository.folder)).toMatchObject({ kind: 'served', status: { target: sol } });
  });

  test('lets nothing leave the machine where it is broken and there never was a good one', async () => {
    const repository = await stage.newRepository({ 'a.txt': 'a' });
    await repository.write({ [policyFile]: '{ "version": 1 }' });
    const result = await inFolder(repository.folder);
    expect(result).toMatchObject({ kind: 'answered-by-routing' });
    expect(result.kind === 'answered-by-routing' && result.status.warning).toContain('only models on this machine');
    expect(sent()).toBe(0);
  });

  test('is the committed one where the file was deleted', async () => {
    await unlink(join(stage.repository.folder, policyFile));
    expect(await ask(stage.client, anew()).result).toMatchObject({ kind: 'served', status: { target: sonnet } });
  });

  test('is not read through a link that leads out of the repository', async () => {
    const [folder, repository] = [await stage.folder(), await stage.newRepository({ 'a.txt': 'a' })];
    await writeFile(join(folder, 'elsewhere.json'), small);
    await symlink(join(folder, 'elsewhere.json'), join(repository.folder, policyFile));
    const result = await inFolder(repository.folder);
    expect(result).toMatchObject({ kind: 'answered-by-routing' });
    expect(result.kind === 'answered-by-routing' && result.status.warning).toContain('leads out of the repository');
    expect(sent()).toBe(0);
  });

  test.each([
    ['Windows line ends', small.replaceAll(',', ',\r\n')],
    ['a byte order mark', `\ufeff${small}`],
    ['comments and a last comma', small.replace('}', ', /* the middle tier */ }')],
  ])('may have %s', async (_, text) => {
    await stage.policy(text);
    expect(await ask(stage.client, anew()).result).toMatchObject({ status: { target: sol } });
    expect(stage.client.statuses.at(-1)?.warning).toBeUndefined();
  });

  test('in the mode "observe" serves what was asked for, and says what it would have done', async () => {
    const policy = { ...samplePolicy, mode: 'observe' };
    const { folder } = await stage.newRepository({ [policyFile]: JSON.stringify(policy), '.env': 'KEY=1' });
    const asked = { requestedModel: 'openai/gpt-6-luna', roots: rootOf(folder) };
    const result = await ask(stage.client, attached(folder, '.env'), asked).result;
    expect(result).toMatchObject({ kind: 'served', status: { target: 'openai/gpt-6-luna' } });
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('only observes');
  });

  test('in the mode "warn" turns a limit into a warning', async () => {
    const constraints = [{ id: 'eu', residency: ['eu'], reason: 'stay in the union' }];
    const policy = { version: 1, mode: 'warn', default: sol, constraints };
    const { folder } = await stage.newRepository({ [policyFile]: JSON.stringify(policy) });
    expect(await inFolder(folder)).toMatchObject({ kind: 'served', status: { target: sol } });
    expect(stage.client.statuses.at(-1)?.tooltip).toMatch(/only warns.*`eu`/);
  });

  test('is not made laxer by an edit that nobody merged', async () => {
    await stage.policy({ ...samplePolicy, mode: 'observe', constraints: [] });
    const result = await ask(stage.client, stage.attach('.env')).result;
    expect(result.kind === 'blocked' && result.message).toContain('keys never leave this machine');
    expect(sent()).toBe(0);
  });

  test('is stricter at once by an edit, before anybody merges it', async () => {
    const constraints = [{ id: 'all', block: true, reason: 'not today' }];
    await stage.policy({ ...samplePolicy, constraints });
    expect((await ask(stage.client, anew()).result).kind).toBe('blocked');
  });

  test('shows a gate, and that nothing enforces it here', async () => {
    await stage.policy({
      version: 1,
      default: sol,
      review: { senior: { who: '@acme/staff' } },
      constraints: [{ id: 'eyes', review: 'senior', reason: 'read by a senior' }],
    });
    await ask(stage.client, anew()).result;
    expect(stage.client.statuses.at(-1)?.tooltip).toMatch(/Gate `senior` is not enforced here/);
  });

  test('sets no model free that is not on its route because a client asks for it', async () => {
    const result = await ask(stage.client, anew(), { requestedModel: 'openai/gpt-6-astra' }).result;
    expect(result).toMatchObject({ kind: 'served', status: { target: sonnet } });
  });
});

describe('where there is no policy', () => {
  test('the requested model is used, else the default of the settings, each labelled so', async () => {
    const folder = await stage.folder();
    await stage.client.connection.sendNotification(
      'routing/configure',
      stage.configuration({ defaultTarget: 'openai/gpt-6-luna' }),
    );
    expect(await inFolder(folder)).toMatchObject({ kind: 'served', status: { target: 'openai/gpt-6-luna' } });
    expect(stage.client.statuses.at(-1)?.tooltip).toContain('There is no policy here');
    const requested = ask(stage.client, anew(), { roots: rootOf(folder), requestedModel: sol });
    expect(await requested.result).toMatchObject({ kind: 'served', status: { target: sol } });
  });

  test('and no default, the routing answers and says what to do', async () => {
    const result = await inFolder(await stage.folder());
    expect(result).toMatchObject({ kind: 'answered-by-routing', status: { state: 'unserved' } });
    expect(result.kind === 'answered-by-routing' && result.markdown).toMatch(
      /routing itself is speaking.*Add Provider Key/s,
    );
    expect(stage.rows()).toMatchObject([{ outcome: 'unserved', provider: null }]);
  });

  test('an empty folder becomes a repository with a policy as soon as it is one', async () => {
    const folder = await stage.folder();
    expect((await inFolder(folder)).kind).toBe('answered-by-routing');
    await writeFile(join(folder, policyFile), small);
    expect(await inFolder(folder)).toMatchObject({ kind: 'served', status: { target: sol } });
    await unlink(join(folder, policyFile));
    expect((await inFolder(folder)).kind).toBe('answered-by-routing');
  });

  test('no folder at all is served by the default', async () => {
    await stage.client.connection.sendNotification('routing/configure', stage.configuration({ defaultTarget: sol }));
    expect(await ask(stage.client, anew(), { roots: [] }).result).toMatchObject({ status: { target: sol } });
    expect(await ask(stage.client, anew(), { roots: ['vscode-vfs://github/acme/app'] }).result).toMatchObject({
      status: { target: sol },
    });
  });
});

test('with no provider usable, the routing says what it chose and why, and which ways out there are', async () => {
  await stage.client.connection.sendNotification('routing/configure', stage.configuration({ providers: {} }));
  const result = await ask(stage.client, stage.attach('packages/core/src/sum.test.ts')).result;
  expect(result).toMatchObject({ kind: 'answered-by-routing', status: { class: 'tests' } });
  const markdown = result.kind === 'answered-by-routing' ? result.markdown : '';
  expect(markdown).toContain('`tests`');
  expect(markdown).toContain('claude\\-haiku\\-5\\-5 cannot be used');
  expect(markdown).toMatch(/Add Provider Key.*Use the Editor’s Models.*Find Local Models/s);
});

describe('a workspace that is not trusted', () => {
  test('spends nothing by its preferences: the person’s own default is used', async () => {
    await stage.client.connection.sendNotification(
      'routing/configure',
      stage.configuration({ trusted: false, defaultTarget: 'openai/gpt-6-luna' }),
    );
    expect(await ask(stage.client, anew()).result).toMatchObject({ status: { target: 'openai/gpt-6-luna' } });
    expect(stage.simulated.anthropic.requests).toHaveLength(0);
  });

  test('contacts nobody where the person has no default, and its constraints hold', async () => {
    await stage.client.connection.sendNotification('routing/configure', stage.configuration({ trusted: false }));
    const result = await ask(stage.client, anew()).result;
    expect(result.kind).toBe('answered-by-routing');
    expect(result.kind === 'answered-by-routing' && result.markdown).toContain('not trusted');
    expect((await ask(stage.client, stage.attach('.env')).result).kind).toBe('blocked');
    expect(sent()).toBe(0);
  });
});

test('without git the policy in the folder holds, and constraints on what git knows apply', async () => {
  const client = await stage.start({ env: { PATH: '' } });
  expect(await ask(client, anew()).result).toMatchObject({ kind: 'served', status: { target: sonnet } });
  expect(await ask(client, stage.attach('packages/core/src/sum.test.ts')).result).toMatchObject({
    status: { class: 'tests' },
  });
  await stage.policy({
    version: 1,
    default: sol,
    constraints: [{ id: 'wide', when: { diff: { lines: '>=200' } }, block: true, reason: 'too wide' }],
  });
  const result = await ask(client, stage.attach('packages/core/src/sum.ts')).result;
  expect(result.kind === 'blocked' && result.message).toContain('not all facts');
});

test('a mistake is shown at its place while the policy is edited', async () => {
  const text = '{\n  "version": 1,\n  "default": "mid",\n  "clases": []\n}\n';
  const client = await stage.start();
  await client.openDocument(policyFile, 'jsonc', text);
  await expect.poll(() => client.diagnostics(policyFile)?.map(({ code }) => code) ?? []).toContain('unknown-key');
  expect(client.diagnostics(policyFile)?.find(({ code }) => code === 'unknown-key')).toMatchObject({
    severity: 1,
    range: { start: { line: 3, character: 2 }, end: { line: 3, character: 10 } },
  });
});

describe('what a policy extends', () => {
  const away = 'https://127.0.0.1:64999/policy.json';
  const pinned = { source: away, integrity: `sha256-${'A'.repeat(43)}=` };

  test('refuses every request while it cannot be had, with the reason', async () => {
    const policy = JSON.stringify({ ...samplePolicy, extends: pinned });
    const repository = await stage.newRepository({ [policyFile]: policy });
    const result = await inFolder(repository.folder);
    expect(result.kind === 'blocked' && result.message).toMatch(/could not be loaded.*https:\/\/127\.0\.0\.1:64999/s);
    expect(result.kind === 'blocked' && result.status.warning).toContain('ECONNREFUSED');
    expect(sent()).toBe(0);
  });

  test('is only told in the mode "observe"', async () => {
    const policy = JSON.stringify({ ...samplePolicy, mode: 'observe', extends: pinned });
    const repository = await stage.newRepository({ [policyFile]: policy });
    expect(await inFolder(repository.folder)).toMatchObject({ kind: 'served' });
    expect(stage.client.statuses.at(-1)?.warning).toContain('is not in force as written');
  });

  test('is checked while it is typed, at its place, and nothing is fetched before it is saved', async () => {
    await stage.repository.write({
      'base.json': JSON.stringify({ version: 1, default: 'outer', models: { outer: sol } }),
    });
    const sources = ['./base.json', './bsae.json', 'preset:teem', { ...pinned, source: `${away}?unasked` }];
    const text = JSON.stringify({ version: 1, extends: sources, default: 'outer' }, undefined, 1);
    await stage.client.openDocument(policyFile, 'jsonc', text);
    const shown = (): unknown =>
      stage.client.diagnostics(policyFile)?.map(({ code, range }) => [code, range.start.line, range.start.character]);
    await expect.poll(shown).toEqual([
      ['bad-source', 4, 2],
      ['bad-source', 5, 2],
    ]);
    await stage.client.connection.sendNotification('textDocument/didClose', {
      textDocument: { uri: stage.client.uri(policyFile) },
    });
  });
});
