import { expect, it } from 'vitest';
import { compilePolicy } from '../policy/compile.ts';
import { layered, type PolicyLayer } from '../policy/layers.ts';
import type { Policy } from '../policy/schema.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { world } from './testing/world.ts';

const target = 'anthropic/claude-sonnet-5-5';
type When = NonNullable<NonNullable<Policy['constraints']>[number]['when']>;

/** Whether a rule of the folder `/w/app` blocks a request in the repository `/w/app/sub`. */
function isBlocked(when: When, facts: Partial<Facts>): boolean {
  const compile = (policy: Omit<Policy, 'version' | 'default'>) =>
    compilePolicy({ version: 1, default: target, ...policy }, 'test');
  const shared = { of: 'both', source: '' } as const;
  const layers: readonly PolicyLayer[] = [
    {
      ...shared,
      name: 'app',
      origin: 'repository',
      prefers: false,
      root: 'w/app/',
      inside: 'sub/',
      policy: compile({ constraints: [{ id: 'b', when, block: true, reason: 'r' }] }),
    },
    { ...shared, name: '', origin: 'repository', prefers: true, policy: compile({}) },
  ];
  return (
    decide(layered(layers, 'h'), { kind: 'edit', files: [], reads: [], ...facts }, world()).outcome.kind === 'blocked'
  );
}

const file = (path: string, more: object = {}): Partial<Facts> => ({ files: [{ path, ...more }] });
const twoModules: When = { diff: { modules: '>=2' } };
const inTwo: Facts['files'] = [
  { path: 'a/x.ts', module: 'one' },
  { path: 'b/x.ts', module: 'one' },
];

it.each<[string, When, Partial<Facts>, boolean]>([
  ['a file by its way from there', { touches: ['sub/src/**'] }, file('src/a.ts'), true],
  ['no file by its own way', { touches: ['src/**'] }, file('src/a.ts'), false],
  ['a file that is read', { touches: ['sub/src/**'] }, { reads: ['src/a.ts'] }, true],
  [
    'a file of the outer folder that is read',
    { touches: ['src/**'] },
    { reads: ['w/app/src/a.ts'], outside: ['w/app/src/a.ts'] },
    true,
  ],
  [
    'a file that lies elsewhere',
    { touches: ['home/sam/.ssh/**'] },
    { reads: ['home/sam/.ssh/key'], outside: ['home/sam/.ssh/key'] },
    true,
  ],
  ['no file inside that is called so', { touches: ['home/sam/.ssh/**'] }, { reads: ['home/sam/.ssh/key'] }, false],
  [
    'what the editor says of a language',
    { languages: ['go'] },
    { ...file('a.txt'), languages: { 'a.txt': 'go' } },
    true,
  ],
  [
    'no mark that the inner repository gave',
    { files: ['sub/a.ts'] },
    { files: [{ path: 'a.ts', generated: true }, { path: 'b.ts' }] },
    false,
  ],
  [
    'its own modules',
    twoModules,
    {
      files: inTwo,
      around: {
        'sub/': {
          files: [
            { path: 'sub/a/x.ts', module: 'p' },
            { path: 'sub/b/x.ts', module: 'q' },
          ],
        },
      },
    },
    true,
  ],
  [
    'no modules of the inner repository',
    twoModules,
    {
      files: [
        { path: 'a/src/x.ts', module: 'one' },
        { path: 'b/src/x.ts', module: 'one' },
      ],
    },
    true,
  ],
  [
    'the lines that it counted',
    { diff: { lines: '>=9' } },
    {
      ...file('a.ts', { added: 0, deleted: 0 }),
      around: { 'sub/': { files: [{ path: 'sub/a.ts', added: 9, deleted: 0 }] } },
    },
    true,
  ],
  ['few lines', { diff: { lines: '>=9' } }, file('a.ts', { added: 1, deleted: 0 }), false],
])('a folder around a repository sees %s', (_, when, facts, blocked) => {
  expect(isBlocked(when, facts)).toBe(blocked);
});
