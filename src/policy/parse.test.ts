import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuNow } from '../../test/host/cpuTime.ts';
import { parsePolicy } from './parse.ts';

/** A whole policy around one part of it. */
const having = (part: string): string => `{ "version": 1, "default": "a/b", ${part} }`;
const classes = (list: string): string => having(`"classes": [${list}]`);

describe('a policy with a mistake', () => {
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
