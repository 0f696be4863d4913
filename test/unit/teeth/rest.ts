// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
// What holds for a policy as a whole: modes, modules, sessions, overrides, diagnostics and its own tests.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { type OverrideOptions, type OverrideResult, toRouter } from '../../../src/contract/messages.ts';
import { policyFile, rootOf, userMessage } from '../../host/routerStage.ts';
import { type Bench, CORE, CORE_TEST, HAIKU, is, LUNA, OPUS, SONNET, type Teeth, type Tooth, UI } from './bench.ts';

const WIDE = { classes: [{ id: 'wide', when: { diff: { modules: '>=2' } }, use: OPUS }] };

export function wholeTeeth(bench: Bench): Teeth {
  const { under, diagnosed, stage } = bench;
  const key = { works: ['secret.key'] };
  const guard = {
    constraints: [{ id: 'keys', when: { touches: ['**/*.key'] }, block: true, reason: 'they stay here' }],
  };
  return {
    $schema: { none: 'It tells editors where the JSON Schema is; nothing is decided by it.' },
    version: async () => {
      await is(under({ default: LUNA }), LUNA);
      await is(under({ default: OPUS, version: 2 }), LUNA, /policy file has an error.*last good version/s);
    },
    'mode: observe': () =>
      is(under({ ...guard, mode: 'observe' }, { ...key, requestedModel: LUNA }), LUNA, /only observes/),
    'mode: warn': () => is(under({ ...guard, mode: 'warn' }, key), SONNET, /only warns: `keys`/),
    'mode: enforce': () => is(under({ ...guard, mode: 'enforce' }, key), 'blocked', /they stay here/),
    labels: async () => {
      // They go with the anonymous usage of what is decided by this policy, and are taken down for it.
      await is(under({ labels: { 'cost-centre': '4711' } }), SONNET);
      expect(labelsWritten()).toContainEqual({ 'cost-centre': '4711' });
    },
    'diversity.minSuppliers': async () => {
      expect(await diagnosed({ diversity: { minSuppliers: 2 } }, /supplier/)).not.toEqual([]);
      await is(under({ diversity: { minSuppliers: 2 } }), SONNET);
    },
    'diversity.reason': { none: 'It is for whoever reads the file; the finding says what is missing.' },
    'session.pin: turn': keeps({ pin: 'turn' }, [OPUS, HAIKU, HAIKU]),
    'session.pin: until-compaction': keeps({ pin: 'until-compaction' }, [OPUS, OPUS, HAIKU]),
    'session.pin: session': keeps({ pin: 'session' }, [OPUS, OPUS, OPUS]),
  };

  function labelsWritten(): readonly unknown[] {
    const database = new DatabaseSync(join(stage.stateFolder, 'ledger.sqlite'), { readOnly: true, timeout: 5_000 });
    try {
      return database
        .prepare('SELECT labels FROM policies')
        .all()
        .map(({ labels }) => JSON.parse(String(labels)));
    } finally {
      database.close();
    }
  }

  /** Hard work, then easy work, then easy work after the client has put a summary in place of both. */
  function keeps(session: object, targets: readonly string[]): Tooth {
    return async () => {
      await stage.policy({
        version: 1,
        default: HAIKU,
        session,
        classes: [{ id: 'hard', when: { keywords: ['hard'] }, use: OPUS }],
      });
      const conversationId = randomUUID();
      const long = `hard ${'and so on '.repeat(500)}`;
      const begun = [userMessage(long)];
      const more = [
        ...begun,
        { role: 'assistant', parts: [{ kind: 'text', text: 'Done.' }] } as const,
        userMessage('easy'),
      ];
      const summary = [
        userMessage('<conversation-summary>It was done.</conversation-summary>'),
        userMessage('easy too'),
      ];
      const seen = [];
      for (const messages of [begun, more, summary]) seen.push((await bench.send({ conversationId, messages })).target);
      expect(seen).toEqual(targets);
    };
  }
}

export function moduleTeeth(bench: Bench): Teeth {
  const { send, stage } = bench;
  /** Whether work on these two files is wide, in a repository that has them. */
  const wide = async (policy: object, files: Readonly<Record<string, string>>, works: readonly [string, string]) => {
    const text = JSON.stringify({ version: 1, default: SONNET, ...WIDE, ...policy });
    const repository = await stage.newRepository({ ...files, [works[0]]: '1\n', [works[1]]: '2\n' });
    await repository.write({ [policyFile]: text });
    const attachments = works.map((path) => `<attachment filePath="${repository.folder}/${path}">x</attachment>`);
    const { class: found } = await send({
      text: `<attachments>${attachments.join('')}</attachments>`,
      ...bench.inRepository(repository),
    });
    return found === 'wide';
  };
  const auto = { 'deep/a/b/one/package.json': '{}', 'deep/a/b/two/package.json': '{}' };
  const deep = ['deep/a/b/one/x.ts', 'deep/a/b/two/y.ts'] as const;
  const workspaces = { 'package.json': '{ "workspaces": ["deep/a/b/*"] }', ...auto };
  const owned = { CODEOWNERS: '/deep/a/b/one/ @acme/one\n/deep/a/b/two/ @acme/two\n' };
  const shared = { CODEOWNERS: '/deep/ @acme/one\n' };
  const tells = (name: string, two: Readonly<Record<string, string>>, one: Readonly<Record<string, string>>): Teeth => {
    const tooth =
      (modules: unknown): Tooth =>
      async () => {
        expect([await wide({ modules }, two, deep), await wide({ modules }, one, deep)]).toEqual([true, false]);
      };
    return { [`modules: ${name}`]: tooth(name), [`modules.from: ${name}`]: tooth({ from: name }) };
  };
  const topLevel =
    (modules: unknown): Tooth =>
    async () => {
      expect([await wide({ modules }, {}, ['one/x.ts', 'two/y.ts']), await wide({ modules }, auto, deep)]).toEqual([
        true,
        false,
      ]);
    };
  return {
    ...tells('auto', auto, { 'deep/package.json': '{}' }),
    ...tells('workspaces', workspaces, { ...auto, 'package.json': '{ "workspaces": ["deep"] }' }),
    ...tells('codeowners', { ...auto, ...owned }, { ...auto, ...shared }),
    'modules: top-level': topLevel('top-level'),
    'modules.from: top-level': topLevel({ from: 'top-level' }),
    'modules.roots': async () => {
      expect(await wide({ modules: { roots: ['deep/a'] } }, {}, deep)).toBe(false);
      expect(await wide({ modules: { roots: ['deep/a/b/*'] } }, {}, deep)).toBe(true);
    },
    'modules.named': async () => {
      expect(await wide({ modules: { named: { all: ['deep/**'] } } }, auto, deep)).toBe(false);
    },
    'modules.support': async () => {
      expect(await wide({ modules: { support: ['deep/a/b/two/**'] } }, auto, deep)).toBe(false);
    },
  };
}

export function diffTeeth(bench: Bench): Teeth {
  const { send, stage, under } = bench;
  const some = { classes: [{ id: 'some', when: { touches: [UI] }, use: OPUS }] };
  /** Where the change stands that a question about nothing in particular is then about. */
  const base =
    (name: string, where: 'unstaged' | 'staged' | 'committed'): Tooth =>
    async () => {
      const seen = [];
      for (const asked of [name, name === 'session' ? 'head' : 'session']) {
        const policy = { version: 1, default: SONNET, ...some, diff: { base: asked } };
        const repository = await stage.newRepository({ [UI]: '1\n' });
        await repository.git('checkout', '--quiet', '-b', 'feature');
        await repository.write({ [UI]: '2\n' });
        if (where === 'staged') await repository.git('add', UI);
        if (where === 'committed') await repository.commit('Two');
        await repository.write({ [policyFile]: JSON.stringify(policy) });
        seen.push((await send(bench.inRepository(repository))).target);
      }
      expect(seen).toEqual(name === 'session' ? [SONNET, OPUS] : [OPUS, SONNET]);
    };
  return {
    'diff.base: session': base('session', 'unstaged'),
    'diff.base: head': base('head', 'unstaged'),
    'diff.base: staged': base('staged', 'staged'),
    'diff.base: merge-base': base('merge-base', 'committed'),
    'diff.ignore': async () => {
      const policy = { classes: [{ id: 'tests', when: { files: ['**/*.test.ts'] }, use: HAIKU }] };
      await is(under(policy, { works: [CORE, CORE_TEST] }), SONNET);
      await is(under({ ...policy, diff: { ignore: [CORE] } }, { works: [CORE, CORE_TEST] }), HAIKU);
    },
  };
}

export function overrideTeeth(bench: Bench): Teeth {
  const { under, stage, configure, send } = bench;
  const roots = (): readonly string[] => rootOf(stage.repository.folder);
  const wish = (target?: string, reason?: string): Promise<OverrideResult> =>
    stage.client.connection.sendRequest(toRouter.override, {
      roots: roots(),
      ...(target === undefined ? {} : { target }),
      ...(reason === undefined ? {} : { reason }),
    });
  const options = (): Promise<OverrideOptions> =>
    stage.client.connection.sendRequest(toRouter.overrideOptions, { roots: roots() });
  const by = (overrides: object, requestedModel: string) =>
    under({ overrides: { reason: 'optional', ...overrides } }, { requestedModel });
  return {
    'overrides.direction: none': () => is(by({ direction: 'none' }, OPUS), SONNET, /allows no overrides/),
    'overrides.direction: up': async () => {
      await is(by({ direction: 'up' }, HAIKU), SONNET, /a dearer model only/);
      await is(by({ direction: 'up' }, OPUS), OPUS);
    },
    'overrides.direction: any': () => is(by({ direction: 'any' }, HAIKU), HAIKU, /The client asked for/),
    'overrides.who': async () => {
      const who = { who: ['@acme/platform'] };
      await is(by(who, OPUS), SONNET, /leaves overrides to @acme\/platform/);
      await configure({ team: 'platform' });
      await is(by(who, OPUS), OPUS);
    },
    'overrides.reason: required': () => is(by({ reason: 'required' }, OPUS), SONNET, /wants a reason/),
    'overrides.reason: optional': () => is(by({ reason: 'optional' }, OPUS), OPUS),
    'overrides.maxPerDay': () => is(by({ maxPerDay: 0 }, OPUS), SONNET, /allows 0 a day/),
    'overrides.expires': async () => {
      await stage.policy({ version: 1, default: SONNET, overrides: { expires: '1s' } });
      expect(await wish(OPUS, 'it got stuck')).toMatchObject({ done: true });
      await is(send(), OPUS, /it got stuck/);
      await expect.poll(async () => (await options()).active).toBeUndefined();
      await is(send(), SONNET);
    },
  };
}

export function testTeeth(bench: Bench): Teeth {
  const { diagnosed } = bench;
  const a = 'packages/core/src/a.ts';
  const b = 'packages/ui/src/b.ts';

  /** Of two tests that differ in one key alone one fails, and says so at its place. */
  const tells = (when: object, right: object, wrong: object, parts: object = {}): Tooth =>
    fails(
      { classes: [{ id: 'rule', when, use: HAIKU }], ...parts },
      { given: right, expect: { class: 'rule' } },
      { given: wrong, expect: { class: 'rule' } },
    );
  function fails(policy: object, right: object, wrong: object): Tooth {
    return async () => {
      const tests = [
        { name: 'holds', ...right },
        { name: 'breaks', ...wrong },
      ];
      const found = await diagnosed({ ...policy, tests }, /own test/);
      const failing = found.filter(({ code }) => code === 'failing-test').map(({ message }) => message);
      expect(failing).toEqual([expect.stringContaining('"breaks" fails here')]);
    };
  }
  const expects = (right: object, wrong: object, policy: object = {}, given: object = {}): Tooth =>
    fails(policy, { given, expect: right }, { given, expect: wrong });
  const sizes = (measure: string, counts: (value: number) => object): Tooth =>
    tells(
      { diff: { [measure]: '>=5' } },
      { files: [{ path: a, ...counts(9) }] },
      { files: [{ path: a, ...counts(1) }] },
    );
  const gate = { review: { senior: { who: '@acme/staff' } }, default: { use: SONNET, review: 'senior' } };
  const block = { constraints: [{ id: 'no', block: true, reason: 'no' }] };
  const kinds = ['completion', 'chat', 'edit', 'agent', 'plan', 'commit-message', 'title', 'review'];
  return {
    'tests.name': expects({ class: 'default' }, { class: 'other' }),
    'tests.expect.class': expects({ class: 'default' }, { class: 'other' }),
    'tests.expect.model': expects({ model: SONNET }, { model: OPUS }),
    'tests.expect.provider': expects({ provider: 'anthropic' }, { provider: 'openai' }),
    'tests.expect.review': expects({ review: ['senior'] }, { review: [] }, gate),
    'tests.expect.blocked': expects({ blocked: true }, { blocked: false }, block),
    'tests.expect.by': expects({ by: ['no'] }, { by: ['other'] }, block),
    ...Object.fromEntries(
      kinds.map((kind) => [
        `tests.given.kind: ${kind}`,
        tells({ kind }, { kind }, { kind: kind === 'chat' ? 'agent' : 'chat' }),
      ]),
    ),
    'tests.given.text': tells({ keywords: ['rename'] }, { text: 'rename it' }, { text: 'explain it' }),
    'tests.given.files': tells({ files: ['packages/core/**'] }, { files: [a] }, { files: [b] }),
    'tests.given.files.path': tells(
      { files: ['packages/core/**'] },
      { files: [{ path: a }] },
      { files: [{ path: b }] },
    ),
    'tests.given.files.added': sizes('added', (added) => ({ added, deleted: 0 })),
    'tests.given.files.deleted': sizes('deleted', (deleted) => ({ added: 0, deleted })),
    'tests.given.files.module': tells(
      { diff: { modules: '>=2' } },
      {
        files: [
          { path: a, module: 'one' },
          { path: 'packages/core/src/c.ts', module: 'two' },
        ],
      },
      {
        files: [
          { path: a, module: 'one' },
          { path: 'packages/core/src/c.ts', module: 'one' },
        ],
      },
    ),
    'tests.given.reads': fails(
      { constraints: [{ id: 'keys', when: { touches: ['**/*.key'] }, block: true, reason: 'they stay here' }] },
      { given: { files: [a], reads: ['secret.key'] }, expect: { blocked: true } },
      { given: { files: [a], reads: [b] }, expect: { blocked: true } },
    ),
    'tests.given.context.tokens': tells(
      { context: { tokens: '>=1000' } },
      { context: { tokens: 2_000 } },
      { context: { tokens: 10 } },
    ),
    'tests.given.context.images': tells(
      { context: { images: true } },
      { context: { images: true } },
      { context: { images: false } },
    ),
    'tests.given.context.tools': tells(
      { context: { tools: true } },
      { context: { tools: true } },
      { context: { tools: false } },
    ),
    'tests.given.client': tells({ client: ['codex'] }, { client: 'codex' }, { client: 'cline' }),
    'tests.given.team': tells({ team: ['payments'] }, { team: 'payments' }, { team: 'shipping' }),
    'tests.given.branch': tells({ branch: ['release/*'] }, { branch: 'release/1' }, { branch: 'main' }),
    'tests.given.intent': tells({ intent: ['refactor'] }, { intent: 'refactor' }, { intent: 'explain' }),
    'tests.given.spent': fails(
      { budgets: [{ id: 'day', per: 'developer', period: 'day', usd: 10, then: 'block' }] },
      { given: { spent: { day: 11 } }, expect: { blocked: true } },
      { given: { spent: { day: 1 } }, expect: { blocked: true } },
    ),
    'tests.given.down': fails(
      { default: [SONNET, LUNA] },
      { given: { down: ['anthropic'] }, expect: { model: LUNA } },
      { given: { down: [] }, expect: { model: LUNA } },
    ),
  };
}
