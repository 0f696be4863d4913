import type { Random } from './random.ts';

const HOSTILE_GLOBS = [
  'a*'.repeat(250),
  '*a'.repeat(250),
  '**/'.repeat(160),
  `${'{'.repeat(16)}a,b${'}'.repeat(16)}`,
  '{a,b}'.repeat(8),
  '{a,b}'.repeat(16),
  '{1..256}',
  '{1..9999999}',
  '{a..z}{a..z}{a..z}',
  '+(a|aa)'.repeat(60),
  `${'!('.repeat(30)}a${')'.repeat(30)}`,
  '[a-'.repeat(100),
  '[[:alpha:]]*',
  '/etc/passwd',
  '../../secrets/**',
  'a/../b',
  './a',
  'a//b',
  'a\\b\\c',
  '!',
  '',
  '!!a',
  '**',
  '!**',
  '*',
  'src/[id]/**',
  '😀/**',
  '\ud83d/**',
  '**/\udc00*',
  '#a',
  '~/x',
  'x'.repeat(512),
  'x'.repeat(513),
  'C:\\x',
  'x$,{a,b}',
  '\u0000',
];

const NUMBERS = [0, -0, -1, 0.1, 1e-9, 1e21, 1e308, -1e308, 2 ** 53, 2 ** 31, 256, 513, 300_000];
const STRINGS = [
  '',
  ' ',
  '*',
  'native',
  'a/b',
  '/',
  'a/',
  '/b',
  'maker:',
  'maker:*',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'small',
  'senior',
  '>=2',
  '10..1',
  '<0',
  '1e999',
  'NaN',
  'Infinity',
  '2026-02-30',
  '2026-12-31T25:00:00Z',
  '99999999999999999d',
  '\ud800',
  '\u202e',
  'é',
  'e\u0301',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(2_001),
  'x'.repeat(100_000),
];

/** A value that some reader might trip over, of any kind. */
export function oddValue(random: Random): unknown {
  switch (random.below(9)) {
    case 0:
      return random.pick(HOSTILE_GLOBS);
    case 1:
      return random.pick(NUMBERS);
    case 2:
      return random.pick(STRINGS);
    case 3:
      return Array.from({ length: random.pick([0, 1, 3, 33, 257]) }, () => random.pick(STRINGS));
    case 4:
      return Array.from({ length: random.pick([1, 2, 20]) }, () => random.pick(HOSTILE_GLOBS));
    case 5:
      return nestedCondition(random.pick([1, 2, 8, 9, 20, 70]), random);
    case 6:
      return { [random.pick(STRINGS)]: random.pick(NUMBERS) };
    case 7:
      return random.pick([true, false, null]);
    default:
      return Object.fromEntries(Array.from({ length: random.pick([2, 30, 300]) }, (_, n) => [`k${n}`, 'a/b']));
  }
}

function nestedCondition(depth: number, random: Random): unknown {
  let inner: unknown = { files: [random.pick(HOSTILE_GLOBS)] };
  // Twice the same only near the leaves: each doubles what is written out.
  for (let level = 0; level < depth; level += 1) {
    inner = random.oneIn(2) ? { not: inner } : { anyOf: level < 4 ? [inner, inner] : [inner] };
  }
  return inner;
}
