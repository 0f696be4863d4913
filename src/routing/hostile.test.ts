// biome-ignore-all lint/suspicious/noThenProperty: `then` is the policy language's own word; the objects are never awaited.
import { describe, expect, it } from 'vitest';
import type { Policy } from '../policy/schema.ts';
import { decide } from './decide.ts';
import { toMarkdown } from './markdown.ts';
import { policyWith, world } from './testing/world.ts';

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const chain = (n: number): string[] => many(20, (k) => `openai/m${n}-${k}`);

describe('a policy written to keep us busy', () => {
  it.each<[string, Partial<Policy>]>([
    ['constraints that all refuse', { constraints: many(5000, (n) => ({ id: `c${n}`, reason: 'r', deny: ['*'] })) }],
    [
      'constraints that all offer',
      { constraints: many(2000, (n) => ({ id: `c${n}`, reason: 'r', deny: ['*'], else: chain(n) })) },
    ],
    [
      'budgets that all downgrade, under many constraints',
      {
        constraints: many(2000, (n) => ({ id: `c${n}`, reason: 'r', deny: ['nobody/*'] })),
        budgets: many(1000, (n) => ({
          id: `b${n}`,
          per: 'org',
          usd: 1,
          onUnknown: 'closed',
          then: { downgradeTo: chain(n) },
        })),
      },
    ],
    [
      'classes that all read the prompt',
      { classes: many(5000, (n) => ({ id: `k${n}`, when: { keywords: [`word${n}`] } })) },
    ],
  ])('%s', (_name, parts) => {
    const policy = policyWith({ default: chain(0), ...parts });
    const started = performance.now();
    const decision = decide(policy, { kind: 'chat', files: [], text: 'a word '.repeat(10_000) }, world({ spent: {} }));
    const markdown = toMarkdown(decision);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(markdown.length).toBeLessThan(2_000_000);
  });
});
