import { expect, test } from 'vitest';
import { decide } from '../decide.ts';
import { policyWith, stacked, world } from '../testing/world.ts';
import { classExamples, classesIn } from './classExample.ts';

const odd = { files: ['x/**'], kind: 'review' as const, diff: { modules: '>=3', lines: '201..300' } };

test('a class that no usual request comes to has an example that comes to it', () => {
  const policy = policyWith({
    classes: [
      { id: 'small', when: { files: ['x/**'], diff: { lines: '<=100' } } },
      { id: 'odd', when: odd },
    ],
  });
  const [example, ...more] = classExamples(policy, new Set(['odd']));
  expect(more).toEqual([]);
  expect(example && decide(policy, example.facts, world()).class).toBe('odd');
  expect(example?.about[0]).toMatch(/^a review of "x\//);
});

test('a class that no request can come to has none', () => {
  const policy = policyWith({
    classes: [
      { id: 'all', when: { files: ['x/**'] } },
      { id: 'never', when: { files: ['x/**'], kind: 'chat' } },
    ],
  });
  expect(classExamples(policy, new Set(['never']))).toEqual([]);
});

test('only classes of layers that prefer something count', () => {
  const policy = stacked(
    { name: 'org', origin: 'extended', policy: { classes: [{ id: 'a', when: { kind: 'chat' } }] } },
    { origin: 'committed', prefers: false, policy: { classes: [{ id: 'b', when: { kind: 'plan' } }] } },
  );
  expect(classesIn(policy)).toEqual(['org:a']);
  expect(classExamples(policy, new Set(['org:a', 'b'])).map(({ facts }) => facts.kind)).toEqual(['chat']);
});
