import { describe, expect, it } from 'vitest';
import { locate, rangeOf } from './locate.ts';

const TEXT = `\uFEFF{
  "version": 1, // one
  "default": "mid",
  "models": { "mid": ["a/b", "c/d"] },
  "classes": [{ "id": "x", "when": { "files": ["**/*.md"] } }],
  "constraints": [{ "id": "c", "reason": "r", "block": true }]
}`;

describe('a place in a policy', () => {
  it.each([
    { at: '"c/d"', path: ['models', 'mid', 1], part: { kind: 'alias', name: 'mid' }, isKey: false },
    { at: '"mid":', path: ['models', 'mid'], part: { kind: 'alias', name: 'mid' }, isKey: true },
    { at: '*.md', path: ['classes', 0, 'when', 'files', 0], part: { kind: 'class', index: 0 }, isKey: false },
    { at: 'true', path: ['constraints', 0, 'block'], part: { kind: 'constraint', index: 0 }, isKey: false },
    { at: '"mid",', path: ['default'], part: undefined, isKey: false },
  ])('$at is at $path', ({ at, path, part, isKey }) => {
    const place = locate(TEXT, TEXT.indexOf(at) + 1);
    expect([place?.path, place?.isKey]).toEqual([path, isKey]);
    if (part === undefined) expect(place?.part).toBeUndefined();
    else expect(place?.part).toMatchObject(part);
  });

  it('is found in half-typed text', () => {
    const text = '{ "budgets": [{ "id": "b", "per": ';
    expect(locate(text, text.length)).toMatchObject({
      path: ['budgets', 0, 'per'],
      part: { kind: 'budget', index: 0 },
    });
  });

  it('is not looked for in text that is too deep', () => {
    expect(locate('['.repeat(1_000_000), 10)).toBeUndefined();
  });
});

describe('the range of a path', () => {
  it.each<{ path: (string | number)[]; part?: 'key' | 'opening'; text: string }>([
    { path: ['default'], text: '"mid"' },
    { path: ['default'], part: 'key', text: '"default"' },
    { path: ['models', 'mid', 1], text: '"c/d"' },
    { path: ['classes', 0], part: 'opening', text: '{' },
    { path: ['classes', 0, 'use'], text: '{' },
    { path: ['budgets', 3, 'usd'], text: '{' },
  ])('$path is $text', ({ path, part, text }) => {
    const range = rangeOf(TEXT, path, part);
    expect(TEXT.slice(range.start, range.end)).toBe(text);
  });
});
