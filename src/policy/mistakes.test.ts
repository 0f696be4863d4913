import { describe, expect, it } from 'vitest';
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
  {
    code: 'bad-value',
    severity: 'warning',
    text: having('"constraints": [{ "id": "c", "reason": "r", "hosts": ["a.example", «"https://b.example/v1"»] }]'),
    says: 'is an address and no host',
    fix: '"b.example"',
  },
  {
    code: 'bad-value',
    severity: 'warning',
    text: having('"constraints": [{ "id": "c", "reason": "r", "hosts": ["[::1]", «"localhost:11434"»] }]'),
    says: 'Write the name of the host alone: "localhost"',
    fix: '"localhost"',
  },
  {
    code: 'bad-value',
    text: having('"extends": { "source": "https://a.example/x.json", "integrity": «"sha256-AAAA"» }'),
    says: 'the base64 of a sha256 has 44 characters, this has 4',
  },
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
    text: having('«"review"»: { "senior": { "who": "@a/senior" } }'),
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
  {
    code: 'empty-test',
    severity: 'warning',
    text: having('"tests": [{ "name": "docs", "given": { "kind": "chat" }, "expect": «{}» }]'),
    says: 'The test "docs" expects nothing, so it always passes',
  },
  {
    code: 'duplicate-id',
    severity: 'warning',
    text: classes('{ "id": «"default"», "when": {}, "use": "a/b" }'),
    says: 'is what work of no class is called',
  },
  {
    code: 'bad-glob',
    severity: 'warning',
    text: classes('{ "id": "x", "when": { "files": [«"src\\\\test\\\\**"»] }, "use": "a/b" }'),
    says: 'separated by "/"',
    fix: '"src/test/**"',
  },
  {
    code: 'bad-glob',
    severity: 'warning',
    text: classes('{ "id": "x", "when": { "files": [«"src\\\\\\\\test\\\\\\\\**"»] }, "use": "a/b" }'),
    says: 'separated by "/"',
    fix: '"src/test/**"',
  },
  {
    code: 'bad-glob',
    severity: 'warning',
    text: classes('{ "id": "x", "when": { "files": ["a", «"**/*.{ts, tsx}"»] }, "use": "a/b" }'),
    says: 'A space in "{a, b}"',
    fix: '"**/*.{ts,tsx}"',
  },
  {
    code: 'native-misplaced',
    severity: 'warning',
    text: '{ "version": 1, "default": { "use": "a/b", "escalateTo": «"native"» } }',
    says: 'it is skipped',
  },
  {
    code: 'native-misplaced',
    severity: 'warning',
    text: '{ "version": 1, "default": { "use": "a/b", "trial": { "id": "t", "use": «["native", "a/c"]», "share": 5, "until": "2999-01-01" } } }',
    says: 'it is skipped',
  },
  {
    code: 'native-misplaced',
    text: having(
      '"classes": [{ "id": "x", "when": {} }], "routes": { "x": { "use": "a/b", "trial": { "id": "t", "use": «"native"», "when": { "kind": "chat" }, "share": 5, "until": "2999-01-01" } } }',
    ),
    says: 'no completion comes here',
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

  it.each([
    ['in a route for completions alone', 'classes', { kind: 'completion' }],
    ['in a class for completions alone', 'trial', { kind: ['completion'] }],
  ])('does not mind "native" %s', (_, where, when) => {
    const trial = {
      id: 't',
      use: ['native', 'a/c'],
      share: 5,
      until: '2999-01-01',
      ...(where === 'trial' ? { when } : {}),
    };
    const classes = [{ id: 'x', when: where === 'trial' ? {} : when }];
    const text = JSON.stringify({ version: 1, default: 'a/b', classes, routes: { x: { use: 'a/b', trial } } });
    expect(parsePolicy(text).diagnostics).toEqual([]);
  });
});
