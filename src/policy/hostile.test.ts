import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { compilePolicy } from './compile.ts';
import type { DiagnosticCode } from './diagnostic.ts';
import { limits } from './limits.ts';
import { parsePolicy } from './parse.ts';

/** In milliseconds: a second, on a machine that others keep busy. What hangs takes far longer. */
const SOON = 3_000;

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const withGlob = (glob: string): object => ({ classes: [{ id: 'c', when: { files: [glob] }, use: 'a/b' }] });
const policy = (parts: object = {}): string => JSON.stringify({ version: 1, default: 'a/b', ...parts });
/** A good policy with a piece of text put right behind its first brace. */
const opening = (piece: string): string => `{ ${piece} "version": 1, "default": "a/b" }`;
/** With a piece in place of a number of dollars. */
const costing = (number: string): string =>
  `{ "version": 1, "default": "a/b", "constraints": [{ "id": "c", "reason": "r", "maxCostUsd": ${number} }] }`;
const nested = (depth: number): object => {
  let when: object = { kind: 'chat' };
  for (let level = 1; level < depth; level += 1) when = level % 2 === 0 ? { not: when } : { anyOf: [when] };
  return { classes: [{ id: 'c', when, use: 'a/b' }] };
};
const deny = (n: number): object => ({ id: `c${n}`, reason: 'r', deny: ['x/*'] });

interface Hostile {
  readonly what: string;
  readonly text: string;
  /** The codes of its errors and warnings, each once; none where it is a good policy. */
  readonly codes: readonly DiagnosticCode[];
}

const files: readonly Hostile[] = [
  { what: 'no character at all', text: '', codes: ['syntax'] },
  { what: 'white space', text: ' \r\n\t', codes: ['syntax'] },
  { what: 'comments and nothing else', text: '// a\n/* b */', codes: ['syntax'] },
  { what: 'a byte order mark and nothing else', text: '\uFEFF', codes: ['syntax'] },
  { what: 'a byte order mark before a policy', text: `\uFEFF${policy()}`, codes: [] },
  { what: 'a byte order mark inside one', text: opening('\uFEFF'), codes: ['syntax'] },
  { what: 'two byte order marks', text: `\uFEFF\uFEFF${policy()}`, codes: ['syntax'] },
  { what: 'CRLF', text: policy().replaceAll(',', ',\r\n'), codes: [] },
  { what: 'lone CRs', text: policy().replaceAll(',', ',\r'), codes: [] },
  { what: 'trailing commas', text: '{ "version": 1, "default": ["a/b",], }', codes: [] },
  { what: 'a comma too many', text: '{ "version": 1,, "default": "a/b" }', codes: ['syntax'] },
  { what: 'two policies', text: policy().repeat(2), codes: ['syntax'] },
  { what: 'a list', text: '[]', codes: ['bad-value'] },
  { what: 'null', text: 'null', codes: ['bad-value'] },
  { what: 'half a file', text: policy({ constraints: many(100, deny) }).slice(0, -200), codes: ['syntax'] },
  { what: 'NUL', text: opening('\u0000'), codes: ['syntax'] },
  { what: 'a lone surrogate in a glob', text: policy(withGlob('src/\ud800/**')), codes: [] },
  { what: 'a surrogate pair in a glob', text: policy(withGlob('src/😀/**')), codes: [] },
  { what: 'a lone surrogate in an id', text: policy({ labels: { '\ud800': 'x' } }), codes: ['bad-value'] },
  ...['version', 'default', 'constraints', 'mode'].map((key): Hostile => {
    return { what: `"${key}" twice`, text: opening(`"${key}": 1, "${key}": [],`), codes: ['duplicate-key'] };
  }),
  { what: 'a key twice, once in escapes', text: opening('"v\\u0065rsion": 1,'), codes: ['duplicate-key'] },
  { what: '__proto__ at the root', text: opening('"__proto__": { "mode": "observe" },'), codes: ['unknown-key'] },
  {
    what: '__proto__ in escapes',
    text: opening('"\\u005f_proto__": { "mode": "observe" },'),
    codes: ['unknown-key'],
  },
  ...['models', 'review', 'labels', 'prices', 'routes', 'diff', 'attestations', 'session'].map((key): Hostile => {
    return { what: `__proto__ in "${key}"`, text: opening(`"${key}": { "__proto__": {} },`), codes: ['unknown-key'] };
  }),
  ...['classes', 'constraints', 'budgets', 'tests'].map((key): Hostile => {
    return { what: `__proto__ in "${key}"`, text: opening(`"${key}": [{ "__proto__": {} }],`), codes: ['unknown-key'] };
  }),
  ...['constructor', 'prototype', 'toString', 'hasOwnProperty'].map((key): Hostile => {
    return { what: `"${key}" at the root`, text: opening(`"${key}": {},`), codes: ['unknown-key'] };
  }),
  { what: 'an alias "constructor"', text: policy({ models: { constructor: 'a/b' } }), codes: [] },
  { what: 'a target "constructor"', text: policy({ default: 'constructor' }), codes: ['unknown-alias'] },
  {
    what: 'a gate "toString"',
    text: policy({ constraints: [{ ...deny(0), review: 'toString' }] }),
    codes: ['unknown-gate'],
  },
  { what: 'a route "valueOf"', text: policy({ routes: { valueOf: { use: 'a/b' } } }), codes: ['unknown-class'] },
  ...['1e999', '-1e999', '-1'].map(
    (number): Hostile => ({ what: `a cap of ${number}`, text: costing(number), codes: ['bad-value'] }),
  ),
  ...['NaN', 'Infinity', '0x10', '+1', '.5', '1.', '--1'].map((number): Hostile => {
    return { what: `a cap of ${number}`, text: costing(number), codes: ['syntax'] };
  }),
  ...['-0', '0', '1e-320', '0.1e1'].map(
    (number): Hostile => ({ what: `a cap of ${number}`, text: costing(number), codes: [] }),
  ),
  { what: 'a version of 1.0', text: '{ "version": 1.0, "default": "a/b" }', codes: [] },
  { what: 'a version in quotes', text: '{ "version": "1", "default": "a/b" }', codes: ['bad-value'] },
  {
    what: 'a range of 10..1',
    text: policy({ classes: [{ id: 'c', when: { diff: { lines: '10..1' } }, use: 'a/b' }] }),
    codes: ['bad-range'],
  },
  { what: 'brackets without end', text: '['.repeat(100_000), codes: ['too-deep'] },
  { what: 'objects without end', text: '{"a":'.repeat(100_000), codes: ['too-deep'] },
  { what: 'a comment without end', text: `${policy()} /*${'*'.repeat(1_000_000)}`, codes: ['syntax'] },
  { what: 'conditions as deep as may be', text: policy(nested(limits.whenNesting)), codes: [] },
  { what: 'conditions a level deeper', text: policy(nested(limits.whenNesting + 1)), codes: ['too-deep'] },
  { what: '5 MB and a byte', text: `${policy()}${' '.repeat(limits.fileBytes)}`, codes: ['too-large'] },
  { what: '5 MB of white space', text: policy().padEnd(limits.fileBytes), codes: ['too-large'] },
  { what: 'as much white space as may be', text: opening(' '.repeat(limits.blanks - 2)), codes: [] },
  { what: '5 MB of one text', text: policy({ labels: { a: 'x'.repeat(4_900_000) } }), codes: ['bad-value'] },
  { what: '5 MB of one key', text: opening(`"${'k'.repeat(4_900_000)}": 1,`), codes: ['unknown-key'] },
  { what: 'too many values', text: `[${'0,'.repeat(limits.values + 1)}0]`, codes: ['too-large'] },
  { what: 'a text of the longest', text: policy({ labels: { a: 'x'.repeat(limits.stringCharacters) } }), codes: [] },
  {
    what: 'a text one longer',
    text: policy({ labels: { a: 'x'.repeat(limits.stringCharacters + 1) } }),
    codes: ['bad-value'],
  },
  {
    what: 'ten thousand classes',
    text: policy({ classes: many(10_000, (n) => ({ id: `c${n}`, when: { files: [`f${n}/**`] }, use: 'a/b' })) }),
    codes: [],
  },
  { what: 'five thousand constraints', text: policy({ constraints: many(5_000, deny) }), codes: ['too-large'] },
  { what: 'as many constraints as may be', text: policy({ constraints: many(limits.constraints, deny) }), codes: [] },
  {
    what: 'ten thousand routes that no class has',
    text: policy({
      classes: many(5_000, (n) => ({ id: `c${n}`, when: { kind: 'chat' }, use: 'a/b' })),
      routes: Object.fromEntries(many(5_000, (n) => [`d${n}`, { use: 'a/b' }])),
    }),
    codes: ['unknown-class'],
  },
  {
    what: 'aliases in a circle of a thousand',
    text: policy({
      models: Object.fromEntries(many(limits.aliases, (n) => [`m${n}`, `m${(n + 1) % limits.aliases}`])),
    }),
    codes: ['alias-cycle'],
  },
  {
    what: 'aliases that double a thousand times',
    text: policy({
      models: Object.fromEntries(many(limits.aliases, (n) => [`m${n}`, n === 0 ? 'a/b' : [`m${n - 1}`, `m${n - 1}`]])),
    }),
    codes: [],
  },
  ...['../secrets/**', 'a/../b', './a', '/etc/passwd', 'src/', '', '!', '\\'].map((glob): Hostile => {
    return { what: `the glob ${JSON.stringify(glob)}`, text: policy(withGlob(glob)), codes: ['bad-glob'] };
  }),
  { what: 'a glob a*a*a*…', text: policy(withGlob('a*'.repeat(256))), codes: [] },
  { what: 'a glob **/**/…', text: policy(withGlob(`${'**/'.repeat(150)}x`)), codes: [] },
  { what: 'a glob of 512 characters', text: policy(withGlob('x'.repeat(512))), codes: [] },
  { what: 'a glob of 513', text: policy(withGlob('x'.repeat(513))), codes: ['bad-glob'] },
  { what: '256 expansions', text: policy(withGlob('{1..256}')), codes: [] },
  { what: '257 expansions', text: policy(withGlob('{1..257}')), codes: ['bad-glob'] },
  { what: '16 nested braces', text: policy(withGlob(`${'{a,'.repeat(16)}b${'}'.repeat(16)}`)), codes: [] },
  { what: '16 braces in a row', text: policy(withGlob('{a,b}'.repeat(16))), codes: ['bad-glob'] },
];

const paths = [
  '',
  '/',
  '/etc/passwd',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '\ud800',
  'src/😀/a',
  'C:\\a',
  'a'.repeat(100_000),
  'a/'.repeat(20_000),
  `${'ab'.repeat(500)}/${'a/'.repeat(500)}b`,
];

function readAndAsk(text: string): void {
  const parsed = parsePolicy(text);
  if (parsed.policy === undefined) return;
  const { index } = compilePolicy(parsed.policy, 'hash');
  for (const path of paths) index.match(path);
}

/** Of at most three times, in milliseconds: others keep the machine busy now and then. */
function fastest(once: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let times = 0; times < 3 && least >= SOON; times += 1) {
    const started = cpuNow();
    once();
    least = Math.min(least, cpuNow() - started);
  }
  return least;
}

describe('a policy file made to do harm', () => {
  it.each(files)('$what', ({ text, codes }) => {
    const parsed = parsePolicy(text);
    const told = parsed.diagnostics.filter(({ severity }) => severity !== 'information');
    expect([...new Set(told.map(({ code }) => code))]).toEqual(codes);
    expect(fastest(() => readAndAsk(text))).toBeLessThan(SOON);
    expect(({} as Record<string, unknown>)['mode']).toBeUndefined();
  });
});
