import { describe, expect, it } from 'vitest';
import { bounds, costOf, hostilePolicies, manyFiles } from '../fuzz/hostile.ts';
import { judgeOf } from '../fuzz/judge.ts';
import { mutantOf } from '../fuzz/mutate.ts';
import { seedPolicies } from '../fuzz/seeds.ts';
import { cpuNow } from '../host/cpuTime.ts';

/** A share of what `npm run fuzz` does. */
const MUTANTS = 2_000;
const SALT = 20_261_122;

it('mutated policies neither hang nor crash, and none says something else than its text or loosens what is in force', {
  timeout: 180_000,
}, () => {
  const seeds = seedPolicies();
  const judge = judgeOf(seeds);
  const problems: unknown[] = [];
  let accepted = 0;
  for (let number = 0; number < MUTANTS; number += 1) {
    const mutant = mutantOf(seeds, number, SALT);
    const started = cpuNow();
    const judged = judge(mutant);
    if (judged.accepted) accepted += 1;
    const took = cpuNow() - started;
    const { how } = mutant;
    if (judged.problem !== undefined || took > 5_000) problems.push({ number, how, problem: judged.problem, took });
  }
  expect(problems).toEqual([]);
  // A fuzzer whose mutants are all refused, or all read, looks at nothing.
  expect(accepted / MUTANTS).toBeGreaterThan(0.1);
  expect(accepted / MUTANTS).toBeLessThan(0.9);
});

it('the judge notices a text that is read in spite of a lost rule', () => {
  const [seed = ''] = seedPolicies();
  const judge = judgeOf([seed]);
  const mutant = { seed: 0, how: 'nothing', text: seed } as const;
  expect(judge({ ...mutant, expected: 'same' })).toEqual({ accepted: true });
  expect(judge({ ...mutant, expected: 'refused' }).problem).toBe('was not refused');
  const other = '{ "version": 1, "default": "anthropic/claude-opus-5-5" }';
  expect(judge({ ...mutant, text: other, expected: 'same' }).problem).toBe('decides otherwise than its seed');
  expect(judge({ ...mutant, text: '{', expected: 'same' }).problem).toMatch(/^was refused: /);
});

describe('an editor is not kept by a policy that is as hard to look at as the limits let it be', () => {
  const paths = manyFiles();
  it.each(Object.entries(hostilePolicies()))('%s', { timeout: 180_000 }, (_, text) => {
    const { reading, reasoning, hover, lens, isSound } = costOf(text, paths);
    expect(isSound).toBe(true);
    // Of processor time; generous, for machines that are slower than those that the bounds were set on.
    expect(reading).toBeLessThan(3 * bounds.reading);
    expect(reasoning).toBeLessThan(3 * bounds.reasoning);
    expect(Math.max(hover, lens)).toBeLessThan(3 * bounds.answer);
  });
});
