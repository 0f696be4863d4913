import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { classOffset } from './classOffset.ts';
import { Pace } from './pace.ts';
import { panelPage } from './page.ts';

const POLICY = `{
  "default": ["a/b"],
  "classes": [{ "id": "tests", "when": {} }, { "id": "docs", "when": {}, "use": "small" }, { "id": "a.b", "use": "small" }],
  "routes": { "tests": { "use": "small" } },
  "tests": [{ "name": "docs", "expect": { "class": "docs" } }]
}`;

test.each([
  ['a class that has a route', 'tests', '"tests": { "use"'],
  ['a class that says so itself', 'docs', '"id": "docs"'],
  ['what no class takes', 'default', '"default": ['],
  ['a name with marks of a pattern', 'a.b', '"id": "a.b"'],
])('%s is found in the text of the policy', (_what, ofClass, begins) => {
  expect(POLICY.slice(classOffset(POLICY, ofClass))).toMatch(new RegExp(`^${begins.replace(/[{[.]/g, '\\$&')}`));
});

test.each(['gone', 'a+b', '"', '('])('the class %s is not there', (ofClass) => {
  expect(classOffset(POLICY, ofClass)).toBeUndefined();
});

describe('at its pace', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('what is wanted many times runs at once, and once more when the pause is over', async () => {
    let runs = 0;
    const pace = new Pace(200, async () => {
      pace.begun();
      runs += 1;
    });
    pace.soon();
    await vi.advanceTimersByTimeAsync(60);
    expect(runs).toBe(1);
    for (let index = 0; index < 50; index += 1) pace.soon();
    await vi.advanceTimersByTimeAsync(60);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(runs).toBe(2);
    pace.dispose();
  });

  test('what takes long runs less often', async () => {
    let runs = 0;
    const pace = new Pace(10, async () => {
      pace.begun();
      runs += 1;
      pace.took(50);
    });
    pace.soon();
    await vi.advanceTimersByTimeAsync(100);
    pace.soon();
    await vi.advanceTimersByTimeAsync(300);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(900);
    expect(runs).toBe(2);
    pace.dispose();
  });

  test('what was wanted and given up does not run', async () => {
    let runs = 0;
    const pace = new Pace(10, async () => {
      runs += 1;
    });
    pace.soon();
    pace.stop();
    await vi.advanceTimersByTimeAsync(60);
    expect(runs).toBe(0);
  });
});

test('the page may run and read what bears its nonce, and nothing else', () => {
  const page = panelPage({ script: 'https://a/panel.js', style: 'https://a/panel.css', nonce: 'N0' });
  const policy = /content="([^"]*)"/.exec(page)?.[1];
  expect(policy).toBe(
    "default-src 'none'; script-src 'nonce-N0'; style-src 'nonce-N0'; base-uri 'none'; form-action 'none'",
  );
  expect(page).not.toMatch(/ style=| on\w+=|unsafe/);
});
