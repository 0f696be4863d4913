import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POLICY_FILE } from '../../workspace/policyFile.ts';
import { type Scratch, scratch } from '../../workspace/scratch.fixture.ts';
import { bounds } from './bounds.ts';
import { integrityOf } from './pins.ts';
import { folder, inForce, policies, policyText, shape } from './sources.fixture.ts';

const pin = (text: string): string => integrityOf(Buffer.from(text));

/** A plain folder with these policies; the first is the repository's own. */
function files(own: string, others: Readonly<Record<string, string>> = {}): Scratch {
  const made = scratch('folder');
  made.write(POLICY_FILE, own);
  for (const [path, text] of Object.entries(others)) made.write(path, text);
  return made;
}

const extending = (source: unknown, more: object = {}): string => policyText('own', { extends: source, ...more });

describe('a policy that extends others', () => {
  it('holds beside them, the outermost first, each relative to the file that names it', async () => {
    const { root } = files(extending(['./org/base.json', 'preset:local']), {
      'org/base.json': policyText('base', { extends: '../eu/.rules.json' }),
      'eu/.rules.json': policyText('eu'),
    });
    const found = await inForce(root);
    expect(found).toMatchObject({ kind: 'in-force', from: 'working-tree' });
    expect(shape(found).layers).toEqual([
      'rules extended both',
      'base extended both',
      'local extended both',
      '- repository both',
    ]);
    expect(shape(found).constraints).toEqual(expect.arrayContaining(['rules:eu', 'base:base', 'own']));
    expect(found.kind === 'in-force' && found.layers.map(({ source }) => source)).toEqual([
      'eu/.rules.json',
      'org/base.json',
      'preset:local',
      POLICY_FILE,
    ]);
  });

  it('holds one that two others extend once, and tells others of one name apart', async () => {
    const { root } = files(extending(['./a/base.json', './b/base.json']), {
      'a/base.json': policyText('a', { extends: '../c/base.json' }),
      'b/base.json': policyText('b', { extends: '../c/base.json' }),
      'c/base.json': policyText('c'),
    });
    expect(shape(await inForce(root)).constraints).toEqual(['base:c', 'base-2:a', 'base-3:b', 'own']);
  });

  it('may use the aliases and gates of what it extends, and of nothing else', async () => {
    const base = policyText('base', { models: { eu: 'azure/gpt' }, review: { senior: { who: '@acme/staff' } } });
    const own = extending('./base.json', {
      default: 'eu',
      classes: [{ id: 'k', when: {}, use: 'eu', review: 'senior' }],
    });
    const { root, write } = files(own, { 'base.json': base });
    const found = await inForce(root);
    expect(found.kind === 'in-force' && found.policy.layers.at(-1)?.policy.default.use[0]?.target).toBe('azure/gpt');
    write('base.json', policyText('base'));
    expect(await inForce(root)).toMatchObject({
      kind: 'local-only',
      problem: expect.stringContaining('"eu" is not an alias'),
    });
  });

  it('is read again as soon as one of its files changes, and costs no reading while none does', async () => {
    const { root, write } = files(extending('./base.json'), { 'base.json': policyText('one') });
    const asked = policies();
    expect(shape(await inForce(root, asked)).constraints).toEqual(['base:one', 'own']);
    write('base.json', policyText('other'));
    expect(shape(await inForce(root, asked)).constraints).toEqual(['base:other', 'own']);
    await new Promise((settle) => setTimeout(settle, 60));
    const settled = await inForce(root, asked);
    expect(await inForce(root, asked)).toBe(settled);
  });

  it('keeps what was good where one of them gets a mistake, and says so', async () => {
    const { root, write } = files(extending('./base.json'), { 'base.json': policyText('base') });
    const asked = policies();
    await inForce(root, asked);
    write('base.json', '{ "version": 1 }');
    const broken = await inForce(root, asked);
    expect(broken).toMatchObject({
      kind: 'last-good',
      problem: expect.stringMatching(/^\.routing-policy\.json → base\.json, line 1/),
    });
    expect(shape(broken).constraints).toEqual(['base:base', 'own']);
    write('base.json', policyText('mended'));
    expect(shape(await inForce(root, asked)).constraints).toEqual(['base:mended', 'own']);
  });

  it('finds a package as Node does, by its manifest or the usual names, pinned to what was read', async () => {
    const [named, usual] = [policyText('named'), policyText('usual')];
    const sources = [
      { source: 'npm:@bank/named', integrity: pin(named) },
      { source: 'npm:usual', integrity: integrityOf(Buffer.from(usual), 'sha512') },
    ];
    const { root } = files(extending(sources), {
      'node_modules/@bank/named/package.json': '{ "routing-policy": "./policies/strict.json" }',
      'node_modules/@bank/named/policies/strict.json': named,
      'node_modules/usual/package.json': '{}',
      'node_modules/usual/index.json': usual,
    });
    expect(shape(await inForce(root)).constraints).toEqual(['@bank/named:named', 'usual:usual', 'own']);
  });
});

const many = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`${n}.json`, policyText('p', { extends: `./${n + 1}.json` })]),
  );

/** What is written, the files beside it, and what is said. All of these are mistakes that a person mends. */
const mistakes: readonly (readonly [
  what: string,
  source: unknown,
  others: Readonly<Record<string, string>>,
  said: RegExp,
])[] = [
  ['a file that is not there', './base.json', {}, /→ \.\/base\.json: There is no such file\.$/],
  ['a file outside', '../base.json', {}, /leads out of the folder that the policy belongs to/],
  ['a way out through a folder', './a/../../base.json', {}, /leads out of the folder/],
  ['git’s own folder', './.GIT/base.json', { '.GIT/base.json': policyText('x') }, /leads out of the folder/],
  ['an absolute path', '/etc/base.json', {}, /A source is "\.\/file\.json", "preset:team"/],
  ['a bare name', 'base.json', {}, /Did you mean "\.\/base\.json"\?/],
  ['a path in another notation', '.\\base.json', {}, /A source is "\.\/file\.json"/],
  ['mixed separators', './a\\base.json', {}, /written with "\/", on every system/],
  ['a folder', './org', { 'org/a.json': '{}' }, /It is not a regular file/],
  ['a file with a mistake', './base.json', { 'base.json': '{ "version": 2 }' }, /→ base\.json, line 1, column/],
  ['text that is no policy', './base.json', { 'base.json': '\ufffd' }, /→ base\.json, line 1/],
  [
    'prototype keys',
    './base.json',
    { 'base.json': '{ "__proto__": { "mode": "observe" }, "version": 1, "default": "a/b" }' },
    /→ base\.json, line 1/,
  ],
  ['itself', `./${POLICY_FILE}`, {}, /leads in a circle: \.routing-policy\.json → \.routing-policy\.json/],
  [
    'a circle',
    './a.json',
    { 'a.json': policyText('a', { extends: './b.json' }), 'b.json': policyText('b', { extends: './a.json' }) },
    /leads in a circle: a\.json → b\.json → a\.json/,
  ],
  ['a chain that is too long', './0.json', many(bounds.depth + 1), /over more than 8 files/],
  [
    'too many',
    Array.from({ length: bounds.sources + 1 }, (_, n) => `./${n}.json`),
    Object.fromEntries(Array.from({ length: bounds.sources + 1 }, (_, n) => [`${n}.json`, policyText(`p${n}`)])),
    /more than 32 policies/,
  ],
  ['an unknown preset', 'preset:teem', {}, /no preset of this name. There are: local, regulated, solo, team/],
  ['a preset by a path', 'preset:../team', {}, /A preset is written/],
  ['a package by a path', 'npm:../secrets', {}, /A package is written/],
  ['a package with a version', 'npm:@bank/base@1', {}, /without a version/],
  [
    'a key for a file',
    { source: './base.json', key: `ed25519:${'A'.repeat(43)}=` },
    {},
    /Only an https address can be pinned to a signing key/,
  ],
  [
    'a wrong hash of a file',
    { source: './base.json', integrity: pin('other') },
    { 'base.json': policyText('x') },
    /does not have the hash that is pinned, but sha256-/,
  ],
  [
    'a package that is not pinned',
    'npm:base',
    { 'node_modules/base/package.json': '{}', 'node_modules/base/index.json': policyText('x') },
    new RegExp(`needs an "integrity".*${pin(policyText('x')).replaceAll('+', '\\+')}`),
  ],
  ['plain http', { source: 'http://policy.example.test/p.json', integrity: pin('') }, {}, /over https only/],
  [
    'an address that is not pinned',
    'https://policy.example.test/p.json',
    {},
    /needs an "integrity" \(the hash of its bytes\) or a "key"/,
  ],
  [
    'a password in an address',
    { source: 'https://a:b@policy.example.test/', integrity: pin('') },
    {},
    /may not carry a user name or password/,
  ],
  [
    'a key that is none',
    { source: 'https://policy.example.test/', key: 'ed25519:AAAA' },
    {},
    /not an ed25519 public key/,
  ],
  [
    'a package naming a file',
    { source: 'npm:base', integrity: pin(policyText('x', { extends: './y.json' })) },
    {
      'node_modules/base/package.json': '{}',
      'node_modules/base/index.json': policyText('x', { extends: './y.json' }),
    },
    /Only a file can name a file that lies next to it/,
  ],
];

describe('what cannot be right is said in a sentence, and nothing leaves the machine:', () => {
  it.each(mistakes)('%s', async (_, source, others, said) => {
    const { root } = files(extending(source), others);
    const found = await inForce(root);
    expect(found).toMatchObject({ kind: 'local-only', problem: expect.stringMatching(said) });
    expect(shape(found).constraints).toEqual(['broken-policy']);
  });

  it('a link that leads out of the repository', async () => {
    const outside = folder();
    writeFileSync(join(outside, 'base.json'), policyText('x'));
    const { root } = files(extending('./org/base.json'));
    symlinkSync(outside, join(root, 'org'));
    expect(await inForce(root)).toMatchObject({
      kind: 'local-only',
      problem: expect.stringContaining('leads out of the folder'),
    });
  });
});

/** Sources that are away, where nothing is wrong with the file. */
const away: readonly (readonly [
  what: string,
  source: unknown,
  others: Readonly<Record<string, string>>,
  said: RegExp,
])[] = [
  [
    'a package that is not installed',
    { source: 'npm:@bank/base', integrity: pin('x') },
    {},
    /package @bank\/base is not installed here/,
  ],
  [
    'a package without a policy',
    { source: 'npm:base', integrity: pin('x') },
    { 'node_modules/base/package.json': '{}' },
    /has no policy: neither/,
  ],
  [
    'a package whose policy lies outside',
    { source: 'npm:base', integrity: pin('x') },
    { 'node_modules/base/package.json': '{ "routing-policy": "../../x.json" }' },
    /"routing-policy" is not a path in it/,
  ],
  [
    'a package of another hash',
    { source: 'npm:base', integrity: pin('x') },
    { 'node_modules/base/package.json': '{}', 'node_modules/base/index.json': policyText('y') },
    /installed does not have the hash that is pinned, but sha256-/,
  ],
  [
    'an address where there is no network',
    { source: 'https://policy.example.test/', integrity: pin('x') },
    {},
    /no way to the network/,
  ],
];

describe('what is away forbids everything that would be sent, and says why:', () => {
  it.each(away)('%s', async (_, source, others, said) => {
    const { root } = files(extending(source), others);
    const found = await inForce(root);
    expect(found).toMatchObject({ kind: 'in-force', policy: { mode: 'enforce' } });
    const [first] = found.kind === 'in-force' ? found.policy.layers : [];
    expect(first?.policy.constraints).toMatchObject([{ source: { block: true, reason: expect.stringMatching(said) } }]);
    expect(found.kind === 'in-force' && found.layers[0]?.state).toMatchObject({ kind: 'failed' });
  });

  it('also where the file uses names that only the one that is away has', async () => {
    const { root } = files(extending({ source: 'npm:base', integrity: pin('x') }, { default: 'eu' }));
    const found = await inForce(root);
    expect(found).toMatchObject({ kind: 'in-force', policy: { mode: 'enforce' } });
    expect(shape(found).constraints).toEqual(['base:not-loaded']);
  });
});

describe('a package that was installed as it is pinned', () => {
  const good = policyText('good');
  const source = { source: 'npm:@bank/base', integrity: pin(good) };
  const installed = (text: string) => ({
    'node_modules/@bank/base/package.json': '{}',
    'node_modules/@bank/base/index.json': text,
  });
  const stateOf = (found: Awaited<ReturnType<typeof inForce>>) =>
    found.kind === 'in-force' ? found.layers[0]?.state : undefined;

  it.each([
    ['is taken away', undefined, /is not installed here/],
    ['is another', installed(policyText('other')), /does not have the hash that is pinned/],
    ['is no policy', { 'node_modules/@bank/base/package.json': '{}' }, /has no policy/],
  ])('stays in force where it %s, visibly', async (_, others, problem) => {
    const ports = { stateFolder: folder() };
    const first = files(extending(source), installed(good));
    expect(stateOf(await inForce(first.root, ports))).toEqual({ kind: 'fresh' });
    const { root } = files(extending(source), others);
    const found = await inForce(root, ports);
    expect(shape(found).constraints).toEqual(['@bank/base:good', 'own']);
    expect(stateOf(found)).toEqual({
      kind: 'stale',
      since: expect.any(Number),
      problem: expect.stringMatching(problem),
    });
  });

  it('is no copy for another pin, and a copy that was changed is none', async () => {
    const stateFolder = folder();
    await inForce(files(extending(source), installed(good)).root, { stateFolder });
    const other = { ...source, integrity: pin('x') };
    expect(stateOf(await inForce(files(extending(other)).root, { stateFolder }))).toMatchObject({ kind: 'failed' });
    const [copy = ''] = readdirSync(join(stateFolder, 'policies'));
    const forged = { policy: Buffer.from(policyText('forged')).toString('base64'), confirmedAt: 1 };
    writeFileSync(join(stateFolder, 'policies', copy), JSON.stringify(forged));
    expect(stateOf(await inForce(files(extending(source)).root, { stateFolder }))).toMatchObject({
      kind: 'failed',
      problem: expect.stringContaining('was changed or is damaged'),
    });
  });

  it('is what is installed again as soon as that is what is pinned', async () => {
    const ports = policies({ stateFolder: folder() });
    await inForce(files(extending(source), installed(good)).root, ports);
    const { root, write } = files(extending(source));
    expect(stateOf(await inForce(root, ports))).toMatchObject({ kind: 'stale' });
    for (const [path, text] of Object.entries(installed(good))) write(path, text);
    expect(stateOf(await inForce(root, ports))).toEqual({ kind: 'fresh' });
  });
});

describe('the machine’s baseline', () => {
  it('holds in every folder, also where there is no policy and where there is no folder', async () => {
    const managed = folder();
    writeFileSync(join(managed, 'policy.json'), policyText('eu', { extends: './more.json' }));
    writeFileSync(join(managed, 'more.json'), policyText('more'));
    const ports = { managedFolders: [join(managed, 'absent'), managed] };
    const { root } = files(policyText('own'));
    expect(shape(await inForce(root, ports)).constraints).toEqual(['more:more', 'managed:eu', 'own']);
    const bare = await inForce(folder(), ports);
    expect(bare).toMatchObject({ kind: 'in-force', from: 'managed' });
    expect(shape(await policies(ports).inForce(undefined)).constraints).toEqual(['more:more', 'managed:eu']);
  });

  it('with a mistake lets only models on this machine be used, whatever the repository says', async () => {
    const managed = folder();
    writeFileSync(join(managed, 'policy.json'), '{');
    const { root } = files(policyText('own', { mode: 'enforce' }));
    const found = await inForce(root, { managedFolders: [managed] });
    expect(shape(found).constraints).toEqual(['managed:broken-policy', 'own']);
    expect(found.kind === 'in-force' && found.layers[0]?.state).toMatchObject({
      kind: 'failed',
      problem: expect.stringContaining('policy.json, line 1'),
    });
  });

  it('that cannot be read is not done without', async () => {
    const managed = folder();
    mkdirSync(join(managed, 'policy.json'));
    const found = await inForce(folder(), { managedFolders: [managed] });
    expect(shape(found).constraints).toEqual(['managed:broken-policy']);
  });

  it('is taken back only where it is removed', async () => {
    const managed = folder();
    const asked = policies({ managedFolders: [managed] });
    const path = join(managed, 'policy.json');
    const root = folder();
    expect((await inForce(root, asked)).kind).toBe('none');
    writeFileSync(path, policyText('eu'));
    expect(shape(await inForce(root, asked)).constraints).toEqual(['managed:eu']);
    writeFileSync(path, '{ broken');
    expect(shape(await inForce(root, asked)).constraints).toEqual(['managed:eu']);
  });
});
