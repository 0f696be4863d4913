import { expect, test } from 'vitest';
import { growth, TENFOLD } from '../../../test/host/cpuTime.ts';
import { shellWords, UNKNOWN } from './shellWords.ts';

test.each<[string, readonly string[]]>([
  ['cat a  "b c" d\\ e', ['cat', 'a', 'b c', 'd e']],
  [`cat a"b"'c'`, ['cat', 'abc']],
  [`cat "$HOME"/a \${X:-y}z "$1"`, ['cat', `${UNKNOWN}/a`, `${UNKNOWN}z`, UNKNOWN]],
  ['cat \'$HOME\' \\$HOME "\\$HOME"', ['cat', '$HOME', '$HOME', '$HOME']],
  ['cat<a >b 2>>c <<<d', ['cat', 'a', '2']],
  ['cat "*" \'?\' *.pem', ['cat', '[*]', '[?]', '*.pem']],
  ["cat $'a\\x62\\n' ''", ['cat', `a${UNKNOWN}${UNKNOWN}`, '']],
  ['cat a\\\nb', ['cat', 'ab']],
  ['', []],
  ['cat "a', ['cat', 'a']],
])('a shell hands on %s', (command, words) => {
  expect(shellWords(command)).toEqual(words);
});

test.each([`\${`, '"$', '<', "$'\\"])('a hostile command costs no more than its length: %s', (piece) => {
  expect(growth(shellWords, (times) => piece.repeat(times), [10_000, 100_000])).toBeLessThan(TENFOLD);
});
