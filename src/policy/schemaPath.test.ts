import { describe, expect, it } from 'vitest';
import { descriptionAt, keysAt } from './schemaPath.ts';

describe('the keys that the schema allows', () => {
  it.each<{ path: (string | number)[]; first: string[] }>([
    { path: [], first: ['$schema', 'version', 'default'] },
    { path: ['default'], first: ['model', 'effort', 'maxOutputTokens', 'use'] },
    { path: ['classes', 3, 'when', 'not', 'anyOf', 0], first: ['kind', 'files', 'touches'] },
    { path: ['routes', 'any-id', 'trial'], first: ['id', 'use', 'when', 'share', 'until'] },
    { path: ['budgets', 0, 'then'], first: ['downgradeTo'] },
    { path: ['extends', 0], first: ['source', 'integrity', 'key'] },
    { path: ['classes'], first: [] },
    { path: ['nowhere', 'constructor'], first: [] },
    { path: ['constructor'], first: [] },
  ])('at $path begin with $first', ({ path, first }) => {
    expect(
      keysAt(path)
        .map((allowed) => allowed.key)
        .slice(0, first.length || undefined),
    ).toEqual(first);
  });

  it('say which are required', () => {
    expect(
      keysAt(['constraints', 0])
        .filter((allowed) => allowed.required)
        .map((allowed) => allowed.key),
    ).toEqual(['id', 'reason']);
  });
});

it('a place has its description from its key, or from what may stand there', () => {
  expect(descriptionAt(['classes', 0, 'when', 'touches'])).toContain('SOME file matches');
  expect(descriptionAt(['routes', 'tests'])).toBe('Where a class of work goes.');
  expect(descriptionAt(['classes', 0])).toBeUndefined();
});
