import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { diagnosticEntries } from '../../scripts/reference/diagnosticEntries.ts';
import { findingsIn, testsIn, wholePolicy } from '../../scripts/reference/examplePolicies.ts';
import { anchorOf } from '../../scripts/reference/markdown.ts';
import { everyKeyFile, policySections } from '../../scripts/reference/policyPage.ts';
import { ROOT } from '../../scripts/steps.ts';
import { commands } from '../../src/cli/commands.ts';
import { commands as editorCommands } from '../../src/contract/commands.ts';
import { settings } from '../../src/contract/settings.ts';
import { analysisCodes, type DiagnosticCode } from '../../src/policy/diagnostic.ts';
import { policyJsonSchema } from '../../src/policy/jsonSchema.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { Policies } from '../../src/router/policies/policies.ts';
import { openWorkspace } from '../../src/workspace/workspace.ts';
import { createRepository } from '../host/repository.ts';

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

const docs = join(ROOT, 'docs');
const pages = [
  'README.md',
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => relative(ROOT, join(docs, file))),
];
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = textOf(page);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));
});

/** A block of JSON that is a policy, or keys of one; the examples of mistakes have a test of their own. */
const policies = blocks.filter(
  ({ page, language, text }) =>
    /^jsonc?$/.test(language) && page !== 'docs/diagnostics.md' && (!/^\s*\{/.test(text) || text.includes('"version"')),
);

describe('policies in the documentation', () => {
  it('are found', () => {
    expect(policies.length).toBeGreaterThan(10);
  });

  it.each(policies)('$page:$line has no mistake, and its tests pass', ({ text }) => {
    const whole = wholePolicy(text.trim());
    // What others define cannot be told here.
    const { diagnostics } = parsePolicy(whole, { outer: [], unread: true });
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
    if (whole.includes('"extends"')) return;
    const found = findingsIn(whole).filter(({ code }) => code !== 'not-enforced');
    expect(found.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
    expect(testsIn(whole).flatMap(({ name, failures }) => failures.map((failure) => [name, failure]))).toEqual([]);
  });

  it('are JSON with comments, whatever they show', () => {
    const broken = blocks
      .filter(({ language, page }) => /^jsonc?$/.test(language) && page !== 'docs/diagnostics.md')
      .filter(({ text }) => {
        const errors: ParseError[] = [];
        parse(/^\s*(?:\{|\/\/)/.test(text) ? text : `{${text}}`, errors);
        return errors.length > 0;
      });
    expect(broken).toEqual([]);
  });
});

describe('what the documentation tells people to run', () => {
  const calls = pages.flatMap((page) =>
    [...textOf(page).matchAll(/routing-policy ([a-z]+)((?: (?:--?[\w-]+|[^\s`|;&]+))*)/g)]
      .filter(([, name]) => commands.some((command) => command.name === name))
      .map(([, name = '', rest = '']) => ({
        page,
        name,
        options: [...rest.matchAll(/(?<=\s)--([\w-]+)/g)].map(([, o]) => o),
      })),
  );

  it('has only options that its command has', () => {
    expect(calls.length).toBeGreaterThan(20);
    const unknown = calls.flatMap(({ page, name, options }) => {
      const known = commands.find((command) => command.name === name)?.options ?? {};
      return options
        .filter((option = '') => !Object.hasOwn(known, option))
        .map((option) => `${page}: ${name} --${option}`);
    });
    expect(unknown).toEqual([]);
  });

  it('names commands of the command line that exist', () => {
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/(?:^\$ |`|^)routing-policy ([a-z]+)/gm)].map(([, name = '']) => `${page}: ${name}`),
    );
    const known = new Set(commands.map(({ name }) => name));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((one) => !known.has(one.split(': ')[1] ?? ''))).toEqual([]);
  });

  it('names commands of npm that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\bnpm (?:run (?:-s )?([\w:]+)|(start|test)\b)/g)].map(
        (found) => found[1] ?? found[2] ?? '',
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it("names commands and settings of the editor's that exist", () => {
    const titles = new Set<string>(Object.values(editorCommands).map(({ title }) => title));
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\*Routing Policy: ([^*]+)\*/g)].map((found) => found[1] ?? ''),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((title) => !titles.has(title))).toEqual([]);
    const keys = pages.flatMap((page) =>
      [...textOf(page).matchAll(/`(routingPolicy\.[\w.]+)`/g)].map((found) => found[1] ?? ''),
    );
    expect(keys.filter((key) => !Object.hasOwn(settings, key))).toEqual([]);
  });
});

describe('what the documentation shows of the command line', () => {
  const blockOf = (page: string, having: string): string =>
    blocks.find((block) => block.page === page && block.text.includes(having))?.text ?? '';
  const baseline = blockOf('docs/policy/baseline.md', '// org/base.json');
  const child = wholePolicy(blockOf('docs/policy/baseline.md', '"extends"').trim());
  const dependent = `{
  "version": 1,
  "default": ["anthropic/claude-sonnet-5-5", "anthropic/claude-opus-5-5"],
  "review": { "senior": { "who": "@acme/seniors" } },
  "constraints": [{ "id": "wide", "when": { "diff": { "modules": ">=2" } }, "review": "senior", "reason": "wide work is read" }],
  "diversity": { "minSuppliers": 2, "reason": "no class may depend on one supplier" }
}
`;
  const drilled = `{
  "version": 1,
  "default": ["anthropic/claude-sonnet-5-5", "anthropic/claude-opus-5-5", "openai/gpt-6-sol"],
  "classes": [{ "id": "tests", "when": { "files": ["**/*.test.ts"] }, "use": ["anthropic/claude-haiku-5-5", "openai/gpt-6-luna"] }],
  "constraints": [{ "id": "books", "when": { "touches": ["ledger/**"] }, "deny": ["openai/*"], "reason": "the books stay with one supplier" }]
}
`;
  const sources: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'docs/cli.md': { '.routing-policy.json': dependent },
    'docs/policy.md': { '.routing-policy.json': blockOf('docs/policy.md', '"keys stay here"') },
    'docs/policy/explanations.md': { '.routing-policy.json': textOf('policies/team.json') },
    'docs/policy/baseline.md': { '.routing-policy.json': child, 'org/base.json': baseline },
  };
  const shown = blocks
    .filter(({ page, text }) => page in sources && text.startsWith('$ routing-policy'))
    // The rest of that page is of a larger repository.
    .filter(({ page, text }) => page !== 'docs/cli.md' || /^\$ routing-policy (?:check|drill.*)\n/.test(text))
    // What is merged needs a history: test/unit/cli-history.test.ts has one.
    .filter(({ text }) => !text.startsWith('$ routing-policy diff'));

  it.each(shown)('$page:$line is what it prints', ({ page, text }) => {
    const folder = mkdtempSync(join(tmpdir(), 'docs-'));
    try {
      const files = [
        'README.md',
        'ledger/b.ts',
        'packages/core/package.json',
        'packages/core/src/a.test.ts',
        'packages/core/src/a.ts',
        'packages/ui/package.json',
      ];
      const source = text.startsWith('$ routing-policy drill') ? { '.routing-policy.json': drilled } : sources[page];
      const written = { ...Object.fromEntries(files.map((file) => [file, '{}'])), ...source };
      for (const [path, content] of Object.entries(written)) {
        mkdirSync(join(folder, dirname(path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      execFileSync('git', ['init', '-q'], { cwd: folder, timeout: 55_000 });
      execFileSync('git', ['add', '.'], { cwd: folder, timeout: 55_000 });
      for (const call of text.split(/^\$ routing-policy /m).slice(1)) {
        const [args = '', ...lines] = call.trimEnd().split('\n');
        const { stdout: printed, status } = spawnSync(
          process.execPath,
          [join(ROOT, 'src/cli/main.ts'), ...args.split(' ')],
          // A ledger of whoever runs this must not be told.
          {
            cwd: folder,
            encoding: 'utf8',
            timeout: 55_000,
            env: { ...process.env, ROUTING_POLICY_STATE_DIR: join(folder, '.git', 'state') },
          },
        );
        // 1 is a warning that is shown.
        expect(status).toBe(page === 'docs/cli.md' ? 1 : 0);
        const end = lines.indexOf('  …');
        const expected = end === -1 ? lines : lines.slice(0, end);
        expect(
          undated(printed)
            .trimEnd()
            .split('\n')
            .slice(0, end === -1 ? undefined : end),
        ).toEqual(expected.map(undated));
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Prices are dated, and get newer. */
function undated(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\d/g, 'DATE');
}

describe('the workflow for continuous integration', () => {
  const workflow = blocks.find(({ page, language }) => page === 'docs/policy/ci.md' && language === 'yaml')?.text ?? '';
  /** The commands of a step, as GitHub takes them from its block. */
  const stepNamed = (name: string): string => {
    const [, script = ''] = new RegExp(`- name: ${name}\\n +run: \\|\\n((?: {10}.*\\n?)+)`).exec(workflow) ?? [];
    return script.replaceAll(/^ {10}/gm, '').replaceAll(`\${{ github.base_ref }}`, 'main');
  };
  /** What GitHub runs a step with: `bash -e`, and with pipefail only where the workflow names the shell. */
  const shell = /\n {4}defaults:\n {6}run:\n {8}shell: bash\b/.test(workflow)
    ? ['--noprofile', '--norc', '-eo', 'pipefail']
    : ['-e'];

  it.each([
    [true, 1, /senior/],
    [false, 0, /No review is needed/],
  ])(
    'its gate fails where a review is needed: %s',
    async (isWide, code, words) => {
      const rule = { id: 'wide', when: { touches: ['api/**'] }, review: 'senior', reason: 'read by a senior' };
      const policy = { version: 1, default: 'a/b', review: { senior: { who: '@acme/staff' } }, constraints: [rule] };
      const repository = await createRepository({ files: { '.routing-policy.json': JSON.stringify(policy) } });
      try {
        await repository.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
        const program = `import(${JSON.stringify(join(ROOT, 'src/cli/main.ts'))});`;
        await repository.write({
          [isWide ? 'api/a.ts' : 'src/a.ts']: 'a\n',
          '.routing-policy-program/package.json': '{}',
          '.routing-policy-program/dist/cli.js': program,
        });
        await repository.git('add', isWide ? 'api' : 'src');
        await repository.git('commit', '--quiet', '--message', 'Work');
        const summary = join(repository.folder, 'summary.md');
        const step = join(repository.folder, 'step.sh');
        writeFileSync(step, stepNamed('which reviews it needs'));
        const ended = spawnSync('bash', [...shell, step], {
          cwd: repository.folder,
          encoding: 'utf8',
          env: {
            ...process.env,
            GITHUB_STEP_SUMMARY: summary,
            PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
          },
          timeout: 55_000,
        });
        expect(readFileSync(summary, 'utf8')).toMatch(words);
        expect(ended.status).toBe(code);
      } finally {
        await repository.remove();
      }
    },
    60_000,
  );
});

describe('links', () => {
  it('lead to files and headings that exist', () => {
    const dead = pages.flatMap((page) =>
      [
        ...textOf(page)
          .replaceAll(/^```[\s\S]*?^```$/gm, '')
          .matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g),
      ]
        .filter(([, file = '', anchor]) => {
          const path = file === '' ? page : relative(ROOT, join(ROOT, dirname(page), file));
          if (!existsSync(join(ROOT, path))) return true;
          if (anchor === undefined) return false;
          const headings = [...textOf(path).matchAll(/^#+ (.+)$/gm)].map((found) => anchorOf(found[1] ?? ''));
          return !headings.includes(anchor);
        })
        .map(([link]) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });
});

describe('the reference of the language', () => {
  const keys = policySections().flatMap(({ title, description, keys }) =>
    keys.map((key) => ({ ...key, title, section: description })),
  );

  it('has words for every key, and says what it means where it is left out', () => {
    expect(keys.length).toBeGreaterThan(120);
    expect(keys.filter(({ description }) => description === '').map(({ title, key }) => `${title}.${key}`)).toEqual([]);
    const silent = keys.filter(
      ({ required, description, section }) =>
        !required && !/Left out:/.test(description) && !/What is left out/.test(section),
    );
    expect(silent.map(({ title, key }) => `${title}.${key}`)).toEqual([]);
  });

  it('has every key that the JSON Schema has', () => {
    const named = new Set<string>();
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'properties') for (const name of Object.keys(inner)) named.add(name);
        if (key !== 'examples' && key !== 'defaultSnippets') walk(inner);
      }
    };
    walk(policyJsonSchema());
    expect(new Set(keys.map(({ key }) => key))).toEqual(named);
  });

  it('has an example of every key, from a policy without mistakes whose tests pass', () => {
    expect(keys.filter(({ example }) => example === undefined).map(({ title, key }) => `${title}.${key}`)).toEqual([]);
    const text = textOf(everyKeyFile);
    expect(findingsIn(text).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(testsIn(text).flatMap(({ failures }) => failures)).toEqual([]);
  });
});

describe('the page about diagnostics', () => {
  const codes = Object.keys(diagnosticEntries) as DiagnosticCode[];
  const toldByTheText = codes.filter((code) => !['bad-source', 'extended-finding', 'failing-test'].includes(code));

  it('has every code of reasoning', () => {
    expect(codes).toEqual(expect.arrayContaining(Object.keys(analysisCodes)));
  });

  it.each(toldByTheText)('%s is shown by its example, and gone when that is mended', (code) => {
    const { example, mended } = diagnosticEntries[code];
    const of = (text: string, fixture: string): readonly DiagnosticCode[] =>
      findingsIn(wholePolicy(text), fixture).map((found) => found.code);
    expect(of(example, code)).toContain(code);
    // What mends this one stands in another file.
    expect(of(mended, code === 'unowned-policy' ? '' : code)).not.toContain(code);
  });

  it('shows a test that fails, and one that does not', () => {
    const failures = (text: string): number => testsIn(wholePolicy(text)).filter(({ passed }) => !passed).length;
    expect(failures(diagnosticEntries['failing-test'].example)).toBe(1);
    expect(failures(diagnosticEntries['failing-test'].mended)).toBe(0);
  });

  it('shows a source that cannot be read, and one that can', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'docs-'));
    try {
      const workspace = await openWorkspace(folder);
      const policies = new Policies({ managedFolders: [] });
      const issues = async (text: string): Promise<number> =>
        (await policies.draft(workspace, wholePolicy(text))).issues.length;
      expect(await issues(diagnosticEntries['bad-source'].example)).toBe(1);
      expect(await issues(diagnosticEntries['bad-source'].mended)).toBe(0);
      await policies.dispose();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
