import fc from 'fast-check';

/** Few names, so that random globs and random paths meet often; the odd ones are there to be treated as plain text. */
const NAMES = [
  'a',
  'b',
  'src',
  'lib',
  '.env',
  'x.ts',
  'x.test.ts',
  'y.md',
  'index',
  'a-b',
  '[id]',
  '#c',
  '!d',
  '~',
  'É.ts',
  '(g)',
  'a{b',
  '.x.y',
  '😀',
  '\ud83d',
  'e\u0301',
  '中.md',
  'n'.repeat(300),
];

const name = fc.constantFrom(...NAMES);

/** Any repository-relative path, and now and then something that is not one. */
export const anyPath: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/')) },
  { weight: 1, arbitrary: fc.constantFrom('', '/', 'a/', '/a', 'a//b', '.', './a', '../a', 'a/./b', 'a\\b', 'src/..') },
);

const wildcard = fc.constantFrom(
  '*',
  '**',
  '?',
  '*.ts',
  '*.test.*',
  '.*',
  'x.*',
  '*.{ts,md}',
  '[ax].ts',
  '[!a]*',
  '!(*.test).ts',
  '@(a|b)',
  '+(a|b)',
  '*(x|y).ts',
  '?(a)b',
  '\\[id\\]',
  'a*b',
  '*x*',
  '{a,b}',
  '{src,lib}',
  '{a,{b,src}}',
  'x.{1..3}',
  '[',
  '{a',
  'a}',
  '*.[tm]*',
);
const segment = fc.oneof({ weight: 3, arbitrary: name }, { weight: 4, arbitrary: wildcard });
const plainGlob = fc.oneof(
  { weight: 8, arbitrary: fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join('/')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{a/b,src/**}/x.ts',
      '{,a}/b',
      'a/{b,}',
      './a',
      'a/../b',
      'a//b',
      'a/',
      '/a',
      '**',
      '*',
      '!',
      '',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(...'ab/*?[]{}()!\\.,|+@^-'), maxLength: 12 }) },
);

/** Any glob, whether or not a policy may have it. */
export const anyGlob: fc.Arbitrary<string> = fc
  .tuple(fc.boolean(), fc.boolean(), plainGlob)
  .map(([first, second, glob]) => (first && second ? `!${glob}` : glob));

/** Any list of globs. */
export const anyGlobList: fc.Arbitrary<readonly string[]> = fc.array(anyGlob, { minLength: 1, maxLength: 4 });
