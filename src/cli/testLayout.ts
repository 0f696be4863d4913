import { pathMatcher } from '../policy/glob.ts';

/** Where projects keep tests that the presets' own globs may not see. */
const CONVENTIONS: readonly string[] = [
  '**/src/test/**',
  '**/src/androidTest/**',
  '**/spec/**',
  '**/*_spec.rb',
  '**/*_test.{py,cc,cpp,exs,dart}',
  '**/*Test.{java,kt,php}',
  '**/*Tests.{cs,swift}',
  '**/cypress/**',
  '**/__mocks__/**',
];

/** The conventions that this repository follows with files that `isKnown` does not take for tests yet. */
export function testGlobs(files: readonly string[], isKnown: (path: string) => boolean): readonly string[] {
  const open = files.filter((path) => !isKnown(path));
  return CONVENTIONS.filter((glob) => {
    const matches = pathMatcher(glob);
    return open.some(matches);
  });
}
