import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { decisionLabel, explainDecision, refusalSentence } from './explain.ts';
import type { Facts } from './facts.ts';
import { formatUsd, onOneLine, shortModel, statusLabel } from './labels.ts';
import { escapeMarkdown, toMarkdown } from './markdown.ts';
import { regulated, smallest, team } from './testing/policies.ts';
import { type Changes, compiled, policyWith, spent, world } from './testing/world.ts';

const working = (...paths: readonly string[]): Facts => ({
  kind: 'edit',
  files: paths.map((path) => ({ path, added: 3, deleted: 1 })),
});

describe('money', () => {
  it.each<[number | undefined, string]>([
    [undefined, 'unpriced'],
    [Number.NaN, 'unpriced'],
    [0, '$0'],
    [1, '<$0.0001'],
    [400_000, '$0.0004'],
    [12_300_000, '$0.0123'],
    [120_000_000, '$0.12'],
    [500_000_000, '$0.50'],
    [999_949_999, '$0.9999'],
    [999_960_000, '$1.00'],
    [1_234_000_000, '$1.23'],
    [12_345_600_000_000, '$12,345.60'],
    [-2_500_000_000, '-$2.50'],
  ])('%s nano-dollars are %s', (nanoUsd, expected) => {
    expect(formatUsd(nanoUsd)).toBe(expected);
  });
});

describe('labels', () => {
  it.each([
    ['claude-sonnet-5-5', 'sonnet-5-5'],
    ['claude-haiku-4-5-20251001', 'haiku-4-5'],
    ['anthropic.claude-opus-5-5', 'opus-5-5'],
    ['gpt-6-sol', 'gpt-6-sol'],
    ['models/gemini-4-argon', 'gemini-4-argon'],
    ['claude-', 'claude-'],
    ['evil$(bug)\u202Ename', 'evil$ (bug) name'],
    ['x'.repeat(60), `${'x'.repeat(40)}…`],
  ])('%s is short for %s', (model, expected) => {
    expect(shortModel(model)).toBe(expected);
  });
  it('names the model and what it cost', () => {
    expect(statusLabel({ model: 'claude-sonnet-5-5' }, 12_300_000)).toBe('sonnet-5-5 · $0.0123');
    expect(statusLabel({ model: 'm', simulated: true }, undefined)).toBe('m (simulated) · unpriced');
  });
  it.each<[string, Facts, Changes, string]>([
    ['a routed request', working('a.ts'), {}, 'sonnet-5-5'],
    ['a simulated one', working('a.ts'), { providers: { anthropic: { simulated: true } } }, 'sonnet-5-5 (simulated)'],
    ['a blocked one', working('.env'), {}, 'blocked'],
    ['an unserved one', working('a.ts'), { down: ['anthropic', 'openai'] }, 'not served'],
  ])('%s', (_name, facts, changes, expected) => {
    expect(decisionLabel(decide(compiled(smallest), facts, world(changes)))).toBe(expected);
  });
});

describe('an explanation', () => {
  it('tells class, cost, and why other classes were passed over', () => {
    const facts: Facts = { ...working('packages/core/src/a.ts'), text: 'fix the bug' };
    expect(explainDecision(decide(compiled(team), facts, world({ tokens: 1000 })))).toEqual({
      headline: 'anthropic/claude-sonnet-5-5 for `module-work`',
      lines: [
        'Class `module-work`: the number of modules is <=1.',
        'If it fails: openai/gpt-6-sol, then google/gemini-4-argon.',
        'Estimated cost: $0.0018 to $0.0338 (price from overlay, 2026-11-10).',
        'Passed over `architecture`: none of these holds: the number of modules is >=2; the kind is plan; some file matches **/*.proto, db/migrations/**.',
        'Passed over `tests`: packages/core/src/a.ts is not matched by **/{test,tests,__tests__,e2e,testdata,fixtures,__snapshots__}/**, **/*.{test,spec}.*, **/*_test.go, ….',
        'Passed over `docs`: packages/core/src/a.ts is not matched by **/*.{md,mdx,rst,adoc}, {docs,website}/**, **/docs/**.',
        'Passed over `chores`: packages/core/src/a.ts is not matched by .github/**, **/{package.json,Cargo.toml,go.mod,pyproject.toml,Makefile,Dockerfile*}, {scripts,hack,tools}/**.',
        'Passed over `routine`: the prompt does not say refactor or rename or clean up or ….',
        'Passed over 2 more classes before these.',
      ],
    });
  });

  it('tells gates, budgets and removed targets', () => {
    const over = world({ spent: spent({ 'dev-day': 26, 'team-month': 6000 }), down: ['copilot'] });
    const { headline, lines } = explainDecision(decide(compiled(team), working('a.proto'), over));
    expect(headline).toBe('anthropic/claude-haiku-5-5 for `architecture`');
    expect(lines).toEqual(
      expect.arrayContaining([
        'Budget `dev-day` chose a cheaper model: $26.00 of $25.00 a day is spent.',
        'Budget `team-month` warns: $6,000.00 of $6,000.00 a month is spent.',
        'Gate `senior`, asked for by `senior-eyes`: a review by @acme/staff-engineers, within 2d.',
        'Gate `senior` is not enforced here: nothing checks it before a merge yet.',
        'anthropic/claude-opus-5-5 costs more than budget `dev-day` has left.',
        'copilot/mai-code-1.1-flash is left alone for now: it did not answer.',
      ]),
    );
  });

  it('says nothing of a rule that had nothing to take away', () => {
    const policy = policyWith({ constraints: [{ id: 'quiet', deny: ['google/*'], reason: 'r' }] });
    expect(explainDecision(decide(policy, { kind: 'chat' }, world())).lines.join()).not.toContain('quiet');
  });

  it.each<[string, Parameters<typeof policyWith>[0] | undefined, Partial<Facts>, Changes, string]>([
    [
      'no policy',
      undefined,
      {},
      { userDefault: 'openai/gpt-6-sol' },
      'There is no policy here: the requested model or your own default is used.',
    ],
    [
      'an untrusted workspace',
      {},
      {},
      { trusted: false, userDefault: 'openai/gpt-6-sol' },
      'This workspace is not trusted: its policy can refuse, but your own default model is used.',
    ],
    [
      'observing',
      { mode: 'observe' },
      {},
      {},
      'The policy only observes: anthropic/claude-sonnet-5-5 is served whatever it says.',
    ],
    [
      'warning',
      { mode: 'warn', constraints: [{ id: 'no', block: true, reason: 'no' }] },
      {},
      {},
      'The policy only warns: `no` would have refused this.',
    ],
    [
      'an unknown fact',
      {
        constraints: [
          { id: 'us', when: { team: ['us'] }, deny: ['anthropic/*'], else: 'openai/gpt-6-sol', reason: 'not ours' },
        ],
      },
      {},
      {},
      '`us` took away 1 target: not ours. It applies because not all facts about the request are known.',
    ],
    [
      'an else',
      { constraints: [{ id: 'us', deny: ['anthropic/*'], else: 'openai/gpt-6-sol', reason: 'r' }] },
      {},
      {},
      'The targets that `us` gives instead are used.',
    ],
    [
      'a missing attestation',
      { constraints: [{ id: 'a', attested: true, reason: 'r' }], attestations: { files: 'x', onMissing: 'warn' } },
      {},
      {},
      'anthropic/claude-sonnet-5-5 is used without an attestation: no attestation.',
    ],
    [
      'an observed rule',
      { constraints: [{ id: 'later', mode: 'observe', deny: ['anthropic/*'], reason: 'r' }] },
      {},
      {},
      '`later` only observes; it would take away 1 target.',
    ],
    [
      'an unpriced target',
      {},
      {},
      { prices: { 'anthropic/claude-sonnet-5-5': undefined } },
      'The price of anthropic/claude-sonnet-5-5 is not known.',
    ],
    [
      'a fallback',
      { default: ['anthropic/claude-opus-5-5', 'openai/gpt-6-sol'] },
      {},
      { down: ['anthropic'] },
      'It is choice 2 of its route; the ones before it were taken away.',
    ],
    [
      'an open budget',
      { budgets: [{ id: 'b', per: 'org', usd: 1, onUnknown: 'open' }] },
      {},
      { spent: {} },
      'Budget `b` is not enforced here: what was spent is not known.',
    ],
    [
      'standing aside',
      { default: 'native' },
      { kind: 'completion' },
      {},
      "We stand aside: the editor's own completions serve it.",
    ],
  ])('of %s', (_name, parts, facts, changes, expected) => {
    const policy = parts === undefined ? undefined : policyWith(parts);
    expect(explainDecision(decide(policy, { kind: 'chat', ...facts }, world(changes))).lines).toContain(expected);
  });
});

describe('a refusal names the rule, its reason, its owner and the next step', () => {
  it.each<[string, unknown, Facts, Changes, string]>([
    [
      'a block',
      smallest,
      working('.env'),
      {},
      'Refused by `secrets` because of `.env`: never leaves this machine. Take the files that it guards out of the request, or ask @acme/owners to change the rule.',
    ],
    [
      'a budget',
      smallest,
      working('a.ts'),
      { spent: spent({ me: 61 }) },
      'Refused by budget `me` (yours): $61.00 of $60.00 a month is spent. Wait for the next month (UTC), use a model that costs nothing, or ask @acme/owners to raise it.',
    ],
    [
      'unknown spend',
      smallest,
      working('a.ts'),
      { spent: {} },
      'Refused by budget `me` (yours): what was spent of $60.00 a month is not known. Ask @acme/owners to set "onUnknown": "open" if such requests may pass.',
    ],
    [
      'a cap',
      team,
      { kind: 'plan', files: [] },
      { taskSpentNanoUsd: 9e9 },
      'Refused by `architecture`: anthropic/claude-opus-5-5 could bring the task to $9.00, over the $8.00 of `architecture`. Start a smaller task, or ask @acme/owners to change the limit.',
    ],
    [
      'a missing attestation',
      regulated,
      working('a.ts'),
      {},
      'Refused by `attested`: model risk: validated before use, revalidated quarterly. Use a model that it admits, or ask @acme/owners to change the rule.',
    ],
    [
      'several rules',
      regulated,
      working('a.csv', 'b.pem'),
      {},
      'Refused by `keys` because of `b.pem`: key material is never sent to a model. Take the files that it guards out of the request, or ask @acme/owners to change the rule. Rules that took part: `attested`, `customer-data`, `keys`.',
    ],
    [
      'nobody',
      smallest,
      working('a.ts'),
      { providers: { anthropic: undefined, openai: { usable: false, unusableReason: 'it has no key' } } },
      'Nothing can serve this request: anthropic/claude-sonnet-5-5 is not configured; openai/gpt-6-sol cannot be used: it has no key. Set up one of these providers. The policy does not forbid it.',
    ],
    [
      'an outage',
      smallest,
      working('a.ts'),
      { down: ['anthropic', 'openai'] },
      'Nothing can serve this request: anthropic/claude-sonnet-5-5 is left alone for now: it did not answer; openai/gpt-6-sol is left alone for now: it did not answer. Try again later or choose another model. The policy does not forbid it.',
    ],
    ['nothing to refuse', smallest, working('a.ts'), {}, ''],
  ])('%s', (_name, policy, facts, changes, expected) => {
    expect(refusalSentence(decide(compiled(policy), facts, world(changes)), '@acme/owners')).toBe(expected);
  });
  it('without a policy it says what is missing', () => {
    expect(refusalSentence(decide(undefined, { kind: 'chat' }, world()))).toBe(
      'Nothing can serve this request: no model is chosen. Choose a default model, or add a policy. The policy does not forbid it.',
    );
  });
});

describe('text from a policy is shown and nothing else', () => {
  const attacks = [
    '[click](command:workbench.action.terminal.new)',
    '<img src=x onerror=alert(1)><a href="https://evil.example">x</a>',
    '![x](https://evil.example/pixel.png)',
    'see https://evil.example, www.evil.example or me@evil.example',
    '**bold** `code` ~~gone~~ # title | table &lt;b&gt; &#36;',
    '$(bug) $(sync~spin) \\$(bug)',
    'two\nlines\r\n- and a list\u2028\u2029\u0007\u001B[31m',
    'writing \u202Ebackwards\u202C and \u200Bhidden\uFEFF',
  ];
  it.each(attacks)('%j', (attack) => {
    const policy = policyWith({ constraints: [{ id: 'x', reason: attack, block: true }] });
    const decision = decide(policy, { kind: 'chat', requested: attack }, world());
    const markdown = toMarkdown(decision);
    const [, ...list] = markdown.split('\n');
    expect(list.filter((line) => line !== '').every((line) => line.startsWith('- '))).toBe(true);
    const isCode = /`[^`\n]+`/g;
    const bare = markdown
      .replace(isCode, '')
      .replace(/\\[\\`*_{}[\]()#+\-.!~|:@/=^"'$]|^\*\*|\*\*$|^- /gm, '')
      .replace(/&(?:amp|lt|gt);/g, '');
    expect(bare).not.toMatch(/[\\`*_{}[\]()#+!~|:@/=<>&]|\$\(|www\./);
    expect(markdown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(markdown.replaceAll('\\', '')).not.toContain('$(');
  });
  it('cannot leave the code that an id is shown as', () => {
    const policy = policyWith({ default: 'anthropic/x`](command:y)`$(bug)' });
    const markdown = toMarkdown(decide(policy, { kind: 'chat' }, world()));
    expect(markdown.split('\n')[0]).toBe("**anthropic\\/x\\'\\]\\(command\\:y\\)\\'\\$ \\(bug\\)**");
  });
  it('is cut when it is very long', () => {
    expect(onOneLine('x'.repeat(5000))).toHaveLength(301);
  });
  it('keeps what is readable', () => {
    expect(escapeMarkdown('a_b <= 3 & c')).toBe('a\\_b &lt;\\= 3 &amp; c');
  });
});
