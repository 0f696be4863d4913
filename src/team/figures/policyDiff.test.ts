import { describe, expect, test } from 'vitest';
import type { Policy } from '../../policy/schema.ts';
import { policyDiff } from './policyDiff.ts';

const to = 'microsoft/mai-code-1.1-flash';
const written = (policy: Partial<Policy>, ofClass: string): string | undefined =>
  policyDiff({ version: 1, default: 'large', ...policy }, ofClass, to)
    ?.map(({ kind, text }) => `${kind} ${text}`)
    .join('\n');

describe('a change of the policy that can be copied', () => {
  test('goes to the route of the class', () => {
    expect(written({ routes: { docs: { use: ['mid', 'small'] } } }, 'docs')).toBe(
      [
        '    "routes": {',
        '      "docs": {',
        '-       "use": ["mid", "small"]',
        `+       "use": ["${to}", "mid", "small"]`,
      ].join('\n'),
    );
  });

  test('goes to the class where that says itself where it goes', () => {
    expect(written({ classes: [{ id: 'docs', when: {}, use: 'mid' }] }, 'docs')).toBe(
      ['    "classes": [', '      { "id": "docs",', '-       "use": "mid"', `+       "use": ["${to}", "mid"]`].join(
        '\n',
      ),
    );
  });

  test('names a target once', () => {
    expect(written({ routes: { docs: { use: ['mid', { model: to, effort: 'low' }] } } }, 'docs')).toContain(
      `+       "use": ["${to}", "mid"]`,
    );
  });

  test('of the default is written as the default is', () => {
    expect(written({ default: { use: 'mid' } }, 'default')).toContain(`+     "use": ["${to}", "mid"]`);
    expect(written({ default: 'mid' as never }, 'default')).toBe(
      `-   "default": "mid"\n+   "default": ["${to}", "mid"]`,
    );
  });

  test('is none of a class that the policy does not have, whatever its name', () => {
    expect(written({ routes: {} }, 'elsewhere')).toBeUndefined();
    expect(written({ routes: {} }, '__proto__')).toBeUndefined();
    expect(written({}, 'constructor')).toBeUndefined();
  });

  test('cannot break out of its line', () => {
    expect(written({ classes: [{ id: 'a"\n- }', when: {} }] }, 'a"\n- }')).toContain('"a\\"\\n- }": {');
  });
});
