import { expect, it } from 'vitest';
import { notEnforced } from './notEnforced.ts';
import { parsePolicy } from './parse.ts';
import { keysAt } from './schemaPath.ts';

it.each(notEnforced)('$at is a place that the schema has', ({ at }) => {
  const parent = at.slice(0, -1).map((step) => (step === '*' ? 0 : step));
  expect(keysAt(parent).map((allowed) => allowed.key)).toContain(at.at(-1));
});

it('says of each part that is written, and of no other, that it is not enforced', () => {
  const text = `{ "version": 1, "default": "a/b",
    "labels": { "cost-centre": "42" },
    "budgets": [{ "id": "b", "per": "org", "usd": 1, "then": "block", "steps": [{ "at": 50, "then": "ask" }] }],
    "review": { "senior": { "who": "@org/seniors" } },
    "classes": [{ "id": "x", "passFloor": 0.9, "when": {}, "use": "a/b" }] }`;
  const found = parsePolicy(text).diagnostics.filter((diagnostic) => diagnostic.code === 'not-enforced');
  expect(found.map(({ path, severity }) => [path, severity])).toEqual([[['review'], 'information']]);
});

it('says that no request declares an intent, wherever a condition rests on one', () => {
  const text = `{ "version": 1, "default": { "use": "a/b", "trial": { "id": "t", "use": "a/c", "share": 50,
    "until": "2999-01-01", "when": { "anyOf": [{ "intent": ["x"] }] } } } }`;
  const found = parsePolicy(text).diagnostics.filter((diagnostic) => diagnostic.code === 'not-enforced');
  expect(found.map(({ path }) => path)).toEqual([['default', 'trial', 'when', 'anyOf', 0, 'intent']]);
});
