import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { EditorText } from '../workspace/counts.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';
import { CopyModels } from './copyModels.ts';
import { Policies } from './policies/policies.ts';

interface Place {
  readonly root: string;
  readonly workspace: Workspace;
  write(files: Readonly<Record<string, string>>): void;
  commit(): void;
}

async function repository(files: Readonly<Record<string, string>>, kind: 'git' | 'folder' = 'git'): Promise<Place> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'routing-policy-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], { cwd: root, env });
  const place = {
    root,
    write: (texts: Readonly<Record<string, string>>) => {
      for (const [path, text] of Object.entries(texts)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
    },
    commit: () => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'a commit');
    },
  };
  if (kind === 'git') git('init', '--quiet', '--initial-branch=main');
  place.write(files);
  if (kind === 'git') place.commit();
  const workspace = await openWorkspace(root);
  onTestFinished(() => workspace.dispose());
  return { ...place, workspace };
}

function copyModels(open: readonly EditorText[] = [], mostTokens?: number): CopyModels {
  const policies = new Policies();
  const sources = {
    policyOf: policies.inForce.bind(policies),
    openTexts: async () => open,
    now: () => Date.now(),
  };
  const models = new CopyModels(sources, mostTokens);
  onTestFinished(() => models.dispose());
  return models;
}

/** Asks once and waits for what that sets off; then asks again. */
async function ask(models: CopyModels, { root }: Place, prefix = 'const box = open', path = 'src/own.ts') {
  const request = { root, path, prefix, suffix: '\n', multiline: false, maxOutputTokens: 64 };
  const { signal } = new AbortController();
  await models.complete(request, signal);
  await models.indexed(root);
  return (await models.complete(request, signal))?.text;
}

async function opened(models: CopyModels, place: Place): Promise<Place> {
  models.open(place.workspace);
  await ask(models, place);
  return place;
}

const line = 'const box = openTreasureBox(parrot);\n';
const rest = 'TreasureBox(parrot);';
const policy = (constraint: object, more: object = {}) =>
  JSON.stringify({
    version: 1,
    default: 'local/workspace-copy',
    constraints: [{ id: 'kept', reason: 'not to be copied', ...constraint }],
    ...more,
  });
const keepsIsland = policy({ when: { touches: ['island/**'] }, block: true });

test('what stands in a tracked file continues a line in another', async () => {
  const models = copyModels();
  const place = await opened(models, await repository({ 'src/island.ts': line }));
  expect(await ask(models, place)).toBe(rest);
});

test('nothing is read before a completion is asked for', async () => {
  const models = copyModels();
  const place = await repository({ 'src/island.ts': line });
  models.open(place.workspace);
  await models.update(place.root, 'src/island.ts', line);
  await sleep(200);
  expect(models.roots()).toEqual([]);
  expect(models.size(place.root).files).toBe(0);
  expect(await ask(models, place)).toBe(rest);
});

test.each(['src/secrets/keys.ts', 'config/credentials.py', 'config/secrets.yaml', 'infra/prod.tfvars', '.env.ts'])(
  'no text of %s is offered elsewhere, read from the disk or from the editor',
  async (path) => {
    const place = await repository({ [path]: line, 'src/plain.ts': 'plain();\n' });
    for (const open of [[], [{ path, text: line }]]) {
      const models = copyModels(open);
      await opened(models, place);
      expect(models.size(place.root).files).toBe(1);
      await models.update(place.root, path, line);
      expect(await ask(models, place)).toBeUndefined();
      expect(models.size(place.root).files).toBe(1);
    }
  },
);

test('no text of a file that the policy blocks is offered elsewhere', async () => {
  const models = copyModels([{ path: 'island/b.ts', text: line }]);
  const files = { '.routing-policy.json': keepsIsland, 'island/a.ts': line, 'island/b.ts': line };
  const place = await opened(models, await repository(files));
  await models.update(place.root, 'island/a.ts', line);
  expect(await ask(models, place)).toBeUndefined();
  expect(models.size(place.root).files).toBe(0);
});

test('a policy that is saved holds for what is known already, and one that is taken back too', async () => {
  const models = copyModels();
  const place = await opened(models, await repository({ 'island/a.ts': line, 'src/b.ts': 'plain();\n' }));
  expect(await ask(models, place)).toBe(rest);
  place.write({ '.routing-policy.json': keepsIsland });
  const request = { root: place.root, path: 'src/own.ts', prefix: 'const box = open', suffix: '\n', multiline: false };
  // The very next one, not one after the files were read again.
  expect(await models.complete({ ...request, maxOutputTokens: 64 }, new AbortController().signal)).toBeUndefined();
  await models.indexed(place.root);
  expect(models.size(place.root).files).toBe(1);
  place.write({ '.routing-policy.json': policy({ when: { touches: ['other/**'] }, block: true }) });
  expect(await ask(models, place)).toBe(rest);
});

test('under a broken policy without an earlier good one nothing is copied, not even from open files', async () => {
  const models = copyModels([{ path: 'src/a.ts', text: line }]);
  const place = await opened(models, await repository({ '.routing-policy.json': '{', 'src/a.ts': line }));
  await models.update(place.root, 'src/a.ts', line);
  expect(await ask(models, place)).toBeUndefined();
  expect(models.size(place.root).files).toBe(0);
  expect(await ask(models, place, `${line}const box = open`)).toBe(rest); // the file itself
});

test('what git ignores is not learned from the editor; what is new is', async () => {
  const models = copyModels();
  const place = await opened(models, await repository({ '.gitignore': 'local/\n' }));
  place.write({ 'local/mine.ts': line });
  await models.update(place.root, 'local/mine.ts', line);
  expect(await ask(models, place)).toBeUndefined();
  place.write({ 'src/new.ts': line });
  await models.update(place.root, 'src/new.ts', line);
  expect(await ask(models, place)).toBe(rest);
});

test('a save takes the place of what was known', async () => {
  const models = copyModels();
  const place = await opened(models, await repository({ 'src/island.ts': line }));
  await models.update(place.root, 'src/island.ts', 'const box = openHatch();\n');
  expect(await ask(models, place)).toBe('Hatch();');
});

test('the editor’s text goes before the disk’s, and is all there is in a folder without git', async () => {
  for (const kind of ['git', 'folder'] as const) {
    const models = copyModels([{ path: 'src/island.ts', text: 'const box = openHatch();\n' }]);
    const place = await opened(models, await repository({ 'src/island.ts': line, 'src/b.ts': 'b();\n' }, kind));
    expect(await ask(models, place)).toBe('Hatch();');
    expect(models.size(place.root).files).toBe(kind === 'git' ? 2 : 1);
  }
});

test('a password in one file does not continue another, unless it stands there too', async () => {
  const models = copyModels();
  const secret = 'const boxOpener = connectTo("parrot", { password: "hunter2hunter2" });\n';
  const place = await opened(models, await repository({ 'src/a.ts': secret, 'src/b.ts': secret, 'src/c.ts': secret }));
  const prefix = 'const boxOpener = connectTo(';
  expect(await ask(models, place, prefix)).toBeUndefined();
  expect(await ask(models, place, `${secret}${prefix}`)).toContain('hunter2hunter2');
});

test.skipIf(process.platform === 'win32')(
  'no link is followed and no pipe or device is waited for, whatever is tracked under its name',
  async () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), 'routing-policy-outside-')));
    onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
    writeFileSync(join(outside, 'other.ts'), line);
    const place = await repository({ 'src/pipe.ts': 'pipe();\n', 'src/z.ts': 'plain();\n', 'island/a.ts': line });
    place.write({ '.routing-policy.json': keepsIsland });
    for (const [name, target] of [
      ['aaa.ts', '/dev/ptmx'],
      ['aab.ts', '/dev/zero'],
      ['src/link.ts', join(outside, 'other.ts')],
      ['src/inside.ts', '../island/a.ts'],
      ['src/folder', outside],
    ] as const)
      symlinkSync(target, join(place.root, name));
    place.commit();
    rmSync(join(place.root, 'src/pipe.ts'));
    execFileSync('mkfifo', [join(place.root, 'src/pipe.ts')]);
    const models = copyModels();
    await opened(models, place);
    expect(await ask(models, place)).toBeUndefined();
    expect(models.size(place.root).files).toBe(1);
  },
  5_000,
);

test.skipIf(process.platform === 'win32')('a folder that became a link since is not followed', async () => {
  const place = await repository({ 'src/a.ts': line });
  renameSync(join(place.root, 'src'), join(place.root, 'moved'));
  symlinkSync('moved', join(place.root, 'src'));
  const models = copyModels();
  await opened(models, place);
  expect(models.size(place.root).files).toBe(0);
});

test('a file of data is left out, however it is named', async () => {
  const models = copyModels();
  const large = '// a line of a very long table\n'.repeat(20_000);
  const place = await opened(models, await repository({ 'src/large.ts': large, 'src/small.ts': 'small();\n' }));
  await models.update(place.root, 'src/small.ts', large);
  expect(models.size(place.root)).toMatchObject({ files: 1 });
});

test('a repository takes no more room than it may have', async () => {
  const models = copyModels([], 40);
  const files = Object.fromEntries(['a.ts', 'b.ts', 'c.test.ts'].map((name) => [name, line.repeat(2)]));
  const place = await opened(models, await repository({ ...files, 'z.ts': `${line}${line}${line}` }));
  const { tokens } = models.size(place.root);
  expect(tokens).toBeGreaterThan(0);
  expect(tokens).toBeLessThanOrEqual(40);
  expect(models.size(place.root).files).toBeLessThan(4);
});

test('three repositories are kept up, and the least recently used gives way', async () => {
  const models = copyModels();
  const places: Place[] = [];
  for (let count = 0; count < 3; count++) places.push(await opened(models, await repository({ 'src/a.ts': line })));
  const [first, second, third] = places.map(({ root }) => root);
  await ask(models, places[0] as Place);
  const fourth = await opened(models, await repository({ 'src/a.ts': line }));
  expect(models.roots()).toEqual([third, first, fourth.root]);
  expect(models.size(second ?? '').files).toBe(0);
  expect(await ask(models, places[1] as Place)).toBe(rest); // read anew
});

test('once disposed of, nothing is known, read or offered', async () => {
  const models = copyModels();
  const place = await repository(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`src/f${at}.ts`, line])));
  models.open(place.workspace);
  const request = { root: place.root, path: 'src/own.ts', prefix: 'const box = open', suffix: '\n', multiline: false };
  const { signal } = new AbortController();
  await models.complete({ ...request, maxOutputTokens: 64 }, signal);
  const filled = models.indexed(place.root);
  models.dispose();
  await filled;
  await models.update(place.root, 'src/f1.ts', line);
  expect(models.roots()).toEqual([]);
  expect(await models.complete({ ...request, maxOutputTokens: 64 }, signal)).toBeUndefined();
});

test('a repository that is open no more is read no more, and again when it is opened', async () => {
  const place = await repository({ 'src/own.ts': 'const a = 1;\n', 'src/other.ts': 'const box = openTheBox(1, 2);\n' });
  const models = copyModels();
  models.open(place.workspace);
  expect(await ask(models, place)).toContain('TheBox');
  const again = await openWorkspace(place.root);
  onTestFinished(() => again.dispose());
  models.close(again);
  expect(models.roots()).toEqual([place.root]);
  models.close(place.workspace);
  expect(models.roots()).toEqual([]);
  expect(await ask(models, place)).toBeUndefined();
  models.open(again);
  expect(await ask(models, place)).toContain('TheBox');
});
