import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import type { DiagnosticCode, Severity } from './diagnostic.ts';
import { parsePolicy } from './parse.ts';
import { limits } from './schema.ts';

interface Fixture {
  readonly code: DiagnosticCode;
  readonly severity?: Severity;
  /** The expected range stands between « and ». */
  readonly text: string;
  readonly says: string;
  readonly fix?: string;
}

/** A whole policy around one part of it. */
const having = (part: string): string => `{ "version": 1, "default": "a/b", ${part} }`;
const classes = (list: string): string => having(`"classes": [${list}]`);
const constraint = (rest: string): string => having(`"constraints": [«{» "id": "c", "reason": "r"${rest} }]`);
const unmarked = (text: string): string => text.replace('«{»', '{');

const fixtures: readonly Fixture[] = [
  { code: 'syntax', text: '{ "version": 1, «default» }', says: 'not JSON' },
  { code: 'syntax', text: '{ "version": 1 «"default"»: "a/b" }', says: 'A "," is expected' },
  { code: 'syntax', text: '{ "version": 1, "default": "a/b«"»', says: 'missing' },
  { code: 'syntax', text: '«»', says: 'The file is empty' },
  { code: 'duplicate-key', text: '{ "version": 1, "default": "a/b", «"version"»: 1 }', says: 'a second time' },
  { code: 'duplicate-key', text: having('"labels": { "a": "x", «"\\u0061"»: "y" }'), says: '"a" stands here a second' },
  { code: 'unknown-key', text: having('«"__proto__"»: { "mode": "observe" }'), says: 'cannot be a name' },
  { code: 'unknown-key', text: having('"prices": { «"__proto__"»: {} }'), says: 'cannot be a name' },
  { code: 'unknown-key', text: having('«"constructor"»: {}'), says: 'means nothing here' },
  {
    code: 'unknown-key',
    text: having('«"constrains"»: []'),
    says: 'Did you mean "constraints"?',
    fix: '"constraints"',
  },
  {
    code: 'unknown-key',
    text: classes('{ "id": "x", "when": { "not": { «"touch"»: ["a"] } }, "use": "a/b" }'),
    says: 'Did you mean "touches"?',
    fix: '"touches"',
  },
  {
    code: 'unknown-key',
    text: having('«"zzzzzz"»: 1'),
    says: 'Remove it',
  },
  {
    code: 'unknown-key',
    text: classes('{ "id": "x", "when": {}, "use": { "model": "a/b", «"efort"»: "low" } }'),
    says: '"effort"',
    fix: '"effort"',
  },
  { code: 'missing-key', text: '«{» "version": 1 }', says: '"default" is missing' },
  { code: 'missing-key', text: classes('«{» "id": "x", "use": "a/b" }'), says: '"when" is missing' },
  { code: 'missing-key', text: having('"constraints": [«{» "id": "c", "block": true }]'), says: '"reason" is missing' },
  {
    code: 'missing-key',
    severity: 'warning',
    text: having('"budgets": [«{» "id": "b", "per": "team", "usd": 1 }]'),
    says: 'only counts',
  },
  { code: 'bad-value', text: '{ "version": «2», "default": "a/b" }', says: 'Write 1 here, not 2' },
  { code: 'bad-value', text: '{ "version": 1, "default": «5» }', says: 'Write a text in quotes or' },
  {
    code: 'bad-value',
    text: '«[]»',
    says: 'Write an object in { } here',
  },
  {
    code: 'bad-value',
    text: classes('{ "id": "x", "when": { "kind": «"chta"» }, "use": "a/b" }'),
    says: 'Did you mean "chat"?',
    fix: '"chat"',
  },
  { code: 'bad-value', text: classes('{ "id": «"a b"», "when": {}, "use": "a/b" }'), says: 'An id has letters' },
  {
    code: 'bad-value',
    text: classes('{ "id": "x", "when": { "files": «[]» }, "use": "a/b" }'),
    says: 'This list is empty',
  },
  { code: 'bad-value', text: unmarked(constraint(', "local": «false»')), says: 'remove the key' },
  {
    code: 'bad-value',
    text: unmarked(constraint(', "block": true, "until": «"2026-02-30"»')),
    says: 'No calendar has',
  },
  { code: 'bad-value', text: unmarked(constraint(', "block": true, "until": «"soon"»')), says: 'A date is' },
  { code: 'bad-value', text: having('"routes": { «"a b"»: { "use": "a/b" } }'), says: 'An id has letters' },
  { code: 'bad-value', text: '{ "version": 1, "default": «"a/"» }', says: 'on both sides' },
  { code: 'bad-value', text: having('"models": { «"native"»: "a/b" }'), says: 'cannot be an alias' },
  {
    code: 'bad-range',
    text: classes('{ "id": "x", "when": { "diff": { "lines": «"<<3"» } }, "use": "a/b" }'),
    says: 'A range is',
  },
  {
    code: 'bad-range',
    text: classes('{ "id": "x", "when": { "diff": { "lines": «"9..1"» } }, "use": "a/b" }'),
    says: 'No number lies',
  },
  {
    code: 'bad-range',
    text: classes('{ "id": "x", "when": { "context": { "tokens": «"<0"» } }, "use": "a/b" }'),
    says: 'No number lies',
  },
  {
    code: 'bad-glob',
    text: classes('{ "id": "x", "when": { "files": [«"/src/**"»] }, "use": "a/b" }'),
    says: 'Remove the "/"',
    fix: '"src/**"',
  },
  {
    code: 'bad-glob',
    text: classes(`{ "id": "x", "when": { "touches": [«"${'{a,b}'.repeat(9)}"»] }, "use": "a/b" }`),
    says: 'more than 256',
  },
  { code: 'bad-glob', text: having(`"diff": { "ignore": [«"${'a'.repeat(513)}"»] }`), says: '512' },
  { code: 'bad-glob', text: having('"modules": { "roots": [«"a/"»] }'), says: 'End it with', fix: '"a/**"' },
  {
    code: 'bad-glob',
    severity: 'warning',
    text: classes('{ "id": "x", "when": { "files": [«"src\\\\main"»] }, "use": "a/b" }'),
    says: 'separated by "/"',
    fix: '"src/main"',
  },
  {
    code: 'duplicate-id',
    text: classes('{ "id": "x", "when": {}, "use": "a/b" }, { "id": «"x"», "when": {}, "use": "a/b" }'),
    says: 'a second time',
  },
  {
    code: 'unknown-alias',
    text: having('"models": { "small": "a/b" }, "routes": {}').replace('"a/b"', '«"smal"»'),
    says: 'Did you mean "small"?',
    fix: '"small"',
  },
  {
    code: 'unknown-alias',
    text: having('"models": { "x": ["a/b", { "model": «"gpt-6-sol"» }] }'),
    says: '"provider/gpt-6-sol"',
  },
  {
    code: 'unknown-alias',
    text: having('"budgets": [{ "id": "b", "per": "team", "usd": 1, "then": { "downgradeTo": «"constructor"» } }]'),
    says: 'is not an alias',
  },
  { code: 'alias-cycle', text: having('"models": { "a": "b", "b": ["c", "x/y"], "c": «"a"» }'), says: 'a → b → c → a' },
  { code: 'alias-cycle', text: having('"models": { "a": «"a"» }'), says: 'a → a' },
  {
    code: 'unknown-class',
    text: classes('{ "id": "tests", "when": {}, "use": "a/b" }').replace(
      / }$/,
      ', "routes": { «"test"»: { "use": "a/b" } } }',
    ),
    says: 'Did you mean "tests"?',
    fix: '"tests"',
  },
  {
    code: 'unknown-class',
    severity: 'warning',
    text: having('"tests": [{ "given": {}, "expect": { "class": «"x"» } }]'),
    says: 'not the id of a class',
  },
  {
    code: 'unknown-gate',
    text: having(
      '"review": { "senior": { "who": "@a" } }, "classes": [{ "id": "x", "when": {}, "use": "a/b", "review": [«"senor"»] }]',
    ),
    says: 'Did you mean "senior"?',
    fix: '"senior"',
  },
  {
    code: 'unknown-budget',
    severity: 'warning',
    text: having('"tests": [{ "given": { "spent": { «"x"»: 1 } }, "expect": {} }]'),
    says: 'not the id of a budget',
  },
  {
    code: 'two-routes',
    text: having('"classes": [{ "id": "x", "when": {}, «"use"»: "a/b" }], "routes": { "x": { "use": "a/b" } }'),
    says: 'Keep one',
  },
  {
    code: 'no-route',
    severity: 'information',
    text: classes('{ "id": «"x"», "when": {} }'),
    says: 'where "default" says',
  },
  { code: 'empty-constraint', text: constraint(', "when": { "touches": ["a"] }'), says: 'forbids nothing' },
  { code: 'empty-constraint', text: constraint(', "else": "a/b"'), says: 'forbids nothing' },
  {
    code: 'spoofable-constraint',
    text: unmarked(constraint(', "block": true, "when": { «"keywords"»: ["x"] }')),
    says: 'anyone can get round it',
  },
  {
    code: 'spoofable-constraint',
    text: unmarked(constraint(', "block": true, "when": { "anyOf": [{ "not": { «"intent"»: ["x"] } }] }')),
    says: 'anyone can get round it',
  },
  {
    code: 'spoofable-constraint',
    text: having(
      '"budgets": [{ "id": "b", "per": "team", "usd": 1, "then": "block", "when": { «"keywords"»: ["x"] } }]',
    ),
    says: 'A budget cannot rest',
  },
  {
    code: 'claimed-constraint',
    severity: 'warning',
    text: unmarked(constraint(', "block": true, "when": { «"client"»: ["x"] }')),
    says: 'claims',
  },
  {
    code: 'native-misplaced',
    text: classes('{ "id": "x", "when": { "kind": "chat" }, "use": «"native"» }'),
    says: 'no completion comes here',
  },
  {
    code: 'native-misplaced',
    severity: 'warning',
    text: '{ "version": 1, "default": «"n"», "models": { "n": ["native", "a/b"] } }',
    says: 'it is skipped',
  },
  {
    code: 'not-enforced',
    severity: 'warning',
    text: having('«"attestations"»: { "files": "attested/*.json" }'),
    says: 'not enforced by this version',
  },
  {
    code: 'not-enforced',
    severity: 'information',
    text: having('"classes": [{ "id": "x", "when": {} }], "routes": { "x": { "use": "a/b", «"passFloor"»: 0.9 } }'),
    says: 'not enforced by this version',
  },
  {
    code: 'too-deep',
    text: `${'['.repeat(limits.nesting)}«[»${']'.repeat(limits.nesting + 1)}`,
    says: 'nested deeper',
  },
  {
    code: 'too-deep',
    text: classes(`{ "id": "x", "use": "a/b", "when": ${'{ "not": '.repeat(8)}«{» ${'}'.repeat(9)} }`),
    says: 'nested deeper than 8',
  },
];

describe('a policy with a mistake', () => {
  it.each(fixtures)('$code: $text', ({ code, severity = 'error', text: marked, says, fix }) => {
    const start = marked.indexOf('«');
    const end = marked.indexOf('»') - 1;
    const text = marked.replace('«', '').replace('»', '');
    const { policy, diagnostics } = parsePolicy(text);
    const found = diagnostics.filter((diagnostic) => diagnostic.code === code);
    expect(found.map(({ range }) => text.slice(range.start, range.end))).toEqual([text.slice(start, end)]);
    expect([found[0]!.range.start, found[0]!.severity, found[0]!.fix?.replacement]).toEqual([start, severity, fix]);
    expect(found[0]!.message).toContain(says);
    expect(policy === undefined).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'error'));
  });

  it('is told by line and column from 1, with either kind of line break', () => {
    for (const lineBreak of ['\n', '\r\n', '\r']) {
      const text = ['\uFEFF{', '  // why', '  "version": 1,', '  "default": "x"', '}'].join(lineBreak);
      const { line, column, endLine, endColumn } = parsePolicy(text).diagnostics[0]!.range;
      expect({ line, column, endLine, endColumn }).toEqual({ line: 4, column: 14, endLine: 4, endColumn: 17 });
    }
  });

  it('never says "Invalid input"', () => {
    for (const value of ['5', 'null', '"x"', '[]', '[5]', '{}', 'true', '{ "a": 1 }']) {
      for (const key of [
        'extends',
        'models',
        'modules',
        'diff',
        'classes',
        'routes',
        'constraints',
        'budgets',
        'review',
        'attestations',
        'overrides',
        'session',
        'prices',
        'labels',
        'tests',
        'diversity',
        'mode',
      ]) {
        for (const { message } of parsePolicy(having(`"${key}": ${value}`)).diagnostics) {
          expect(message).not.toMatch(/invalid|unrecognized|expected (?:string|object)/i);
          expect(message).toMatch(/[.?]$/);
        }
      }
    }
  });

  it('gets at most 200 diagnostics, errors before the rest', () => {
    const many = Array.from({ length: 500 }, (_, index) => `{ "id": "c${index}", "when": {} }`);
    const { diagnostics } = parsePolicy(classes([...many, '{ "id": "c0", "when": {} }'].join(',')));
    expect(diagnostics).toHaveLength(200);
    expect(diagnostics.filter((diagnostic) => diagnostic.code === 'duplicate-id')).toHaveLength(1);
  });
});

describe('a policy without mistakes', () => {
  it('may have comments, trailing commas, a byte order mark and CRLF', () => {
    const text = '\uFEFF// one\r\n{ "version": 1, /* two */ "default": ["a/b", "c/d/e",], }\r\n// three';
    expect(parsePolicy(text)).toMatchObject({ policy: { version: 1, default: ['a/b', 'c/d/e'] }, diagnostics: [] });
  });

  it('keeps names such as "constructor" and "toString" as names', () => {
    const text = having('"models": { "constructor": "a/b", "toString": "c/d" }');
    const { policy, diagnostics } = parsePolicy(text);
    expect(diagnostics).toEqual([]);
    expect(Object.entries(policy?.models ?? {})).toEqual([
      ['constructor', 'a/b'],
      ['toString', 'c/d'],
    ]);
    expect(({} as Record<string, unknown>)['mode']).toBeUndefined();
  });
});

describe('hostile text', () => {
  it.each<{ name: string; text: () => string }>([
    { name: 'a million open brackets', text: () => '['.repeat(1_000_000) },
    { name: 'a million nested objects', text: () => '{"a":'.repeat(1_000_000) },
    { name: 'deep conditions', text: () => classes(`{ "id": "x", "when": ${'{"not":'.repeat(60)}`) },
    { name: 'more than 5 MB', text: () => `"${'x'.repeat(5 * 1024 * 1024)}"` },
    { name: 'more than 5 MB in bytes only', text: () => `"${'é'.repeat(2_700_000)}"` },
    { name: 'two million list items', text: () => `[${'1,'.repeat(2_000_000)}1]` },
    { name: 'many wrong items', text: () => having(`"classes": [${'1,'.repeat(290_000)}1]`) },
    { name: 'many wrong targets', text: () => `{ "version": 1, "default": [${'1,'.repeat(290_000)}1] }` },
    {
      name: 'more mistakes than zod can pass on',
      text: () => having(`"tests": [{ "given": { "reads": [${'1,'.repeat(290_000)}1] }, "expect": {} }]`),
    },
    { name: 'many unknown keys', text: () => `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}` },
    { name: 'many duplicate keys', text: () => `{${'"a":1,'.repeat(200_000)}"a":1}` },
    { name: 'an open comment', text: () => `{ /* ${'*'.repeat(1_000_000)}` },
    { name: 'many syntax errors', text: () => ': '.repeat(500_000) },
    {
      name: 'aliases that double at each step',
      text: () =>
        having(
          `"models": {${Array.from({ length: 900 }, (_, n) => `"a${n}": ["a${n + 1}", "a${n + 1}", "p/m${n}"]`).join()}, "a900": "x/y"}`,
        ),
    },
    {
      name: 'a chain of aliases',
      text: () =>
        having(`"models": {${Array.from({ length: 999 }, (_, n) => `"a${n}": "a${n + 1}"`).join()}, "a999": "a0"}`),
    },
    {
      name: 'many globs with many braces',
      text: () =>
        having(
          `"diff": { "ignore": [${Array.from({ length: 60_000 }, (_, n) => `"${n}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"`).join()}] }`,
        ),
    },
    {
      name: 'many misspelt aliases',
      text: () =>
        `{ "version": 1, "default": "a/b", "models": {${Array.from({ length: 900 }, (_, n) => `"alias-number-${n}": ["alias-numbre-${n}", "x/y"]`).join()}} }`,
    },
  ])('$name: is refused quickly', ({ text }) => {
    const given = text();
    const started = cpuNow();
    const { policy, diagnostics } = parsePolicy(given);
    expect(policy).toBeUndefined();
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(diagnostics.length).toBeLessThanOrEqual(200);
    expect(cpuNow() - started).toBeLessThan(10_000);
  });

  const sound = having(
    '"models": { "s": ["a/b", "c/d"] }, "classes": [{ "id": "x", "when": { "files": ["**/*.md"], "diff": { "lines": "<=3" } }, "use": "s" }], "constraints": [{ "id": "k", "reason": "r", "when": { "touches": ["**/.env*"] }, "block": true }], "budgets": [{ "id": "b", "per": "team", "usd": 4, "then": { "downgradeTo": "s" } }]',
  );

  it('never makes it throw: any characters, any JSON, and any change to a sound policy', () => {
    expect(parsePolicy(sound).diagnostics).toEqual([]);
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '//',
      '/*',
      '\\',
      '\u0000',
      '\uD800',
      '"__proto__"',
      '1e999',
      '-',
      'null',
      '"a/b"',
      '\uFEFF',
    );
    const mutated = fc
      .tuple(fc.nat(sound.length), fc.nat(30), fc.oneof(piece, fc.string({ maxLength: 6 })))
      .map(([at, cut, put]) => sound.slice(0, at) + put + sound.slice(at + cut));
    const text = fc.oneof(
      mutated,
      fc.string({ unit: 'binary' }),
      fc.string({ unit: piece, maxLength: 60 }),
      fc.json(),
      fc.json({ maxDepth: 2 }).map((json) => having(`"classes": ${json}, "constraints": ${json}, "models": ${json}`)),
    );
    fc.assert(
      fc.property(text, (given) => {
        const { policy, diagnostics } = parsePolicy(given);
        expect(policy === undefined).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'error'));
        for (const { range } of diagnostics) {
          expect(range.start).toBeGreaterThanOrEqual(0);
          expect(range.end).toBeLessThanOrEqual(given.length);
          expect(range.end).toBeGreaterThanOrEqual(range.start);
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the trial of the default route', () => {
  const trial = (parts: object): string =>
    JSON.stringify({
      version: 1,
      default: { use: 'a/b', trial: { id: 't', use: 'a/c', share: 50, until: '2999-01-01', ...parts } },
    });
  it.each([
    ['a date that no calendar has', { until: '2999-02-30' }, 'bad-value'],
    ['a pattern that could hang a matcher', { when: { files: ['{a,b}'.repeat(12)] } }, 'bad-glob'],
    ['a range without a number in it', { when: { diff: { lines: '9..1' } } }, 'bad-range'],
  ])('is looked at like any other: %s', (_, parts, code) => {
    expect(parsePolicy(trial(parts)).diagnostics.map((found) => found.code)).toContain(code);
  });
});
